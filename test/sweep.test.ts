import { expect, test } from "bun:test";
import fc from "fast-check";
import { sumUpSweep } from "../lib/judge/sweep.ts";

const at = (round: number, concurrency: number, perSecond: number) => ({ round, concurrency, perSecond });

test("a sweep has its concurrencies ascending, with what each round gave", () => {
  const { points } = sumUpSweep([at(0, 4, 40), at(0, 1, 10), at(1, 1, 20), at(1, 4, 50)]);
  expect(points.map(({ concurrency, perSecond }) => [concurrency, perSecond.per_round])).toEqual([
    [1, [10, 20]],
    [4, [40, 50]],
  ]);
});

test("a share of linear is that of the same round, and one in flight has none", () => {
  const { points } = sumUpSweep([at(0, 1, 10), at(1, 1, 20), at(0, 2, 10), at(1, 2, 40), at(2, 2, 99)]);
  expect(points.map(({ linearPercent }) => linearPercent?.per_round)).toEqual([undefined, [50, 100]]);
});

test("a law is fitted to the rounds that have every concurrency, of which there are three at least", () => {
  const round = (n: number, concurrencies: readonly number[]) =>
    concurrencies.map((concurrency) => at(n, concurrency, 100 * concurrency));
  const lambdas = (...rounds: ReturnType<typeof round>[]) =>
    sumUpSweep(rounds.flat()).law?.lambda.per_round.map((lambda) => Math.round(lambda));
  expect(lambdas(round(0, [1, 2, 4]), round(1, [1, 2]))).toEqual([100]);
  expect(lambdas(round(0, [1, 2, 4]), round(1, [4, 2, 1]))).toEqual([100, 100]);
  expect(lambdas(round(0, [1, 2]), round(1, [1, 2]))).toBeUndefined();
  expect(lambdas(round(0, [1, 2]), round(1, [2, 4]))).toBeUndefined();
  expect(lambdas()).toBeUndefined();
});

test("a sweep is the same in whatever order its points were taken", () => {
  const points = [1, 2, 4].flatMap((concurrency) =>
    [0, 1].map((round) => at(round, concurrency, 50 + round)),
  );
  fc.assert(
    fc.property(fc.shuffledSubarray(points, { minLength: points.length }), (shuffled) => {
      const rounds = (of: typeof points) =>
        sumUpSweep(of).points.map(({ concurrency, perSecond }) => [
          concurrency,
          perSecond.estimate.toFixed(9),
        ]);
      expect(rounds(shuffled)).toEqual(rounds(points));
    }),
  );
});
