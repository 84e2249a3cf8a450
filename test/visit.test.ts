import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { conflict, echo, fakeClock, fakeRuntime } from "../lib/benchmarks/self_check/fake_runtime.ts";
import type { Case } from "../lib/case.ts";
import { MeasurementError } from "../lib/errors.ts";
import { openCaller } from "../lib/measure/caller.ts";
import { compareAnswers } from "../lib/measure/compare_answers.ts";
import { drawOrders } from "../lib/measure/orders.ts";
import { visit } from "../lib/measure/visit.ts";
import { openRandom } from "../lib/random.ts";

const names = ["a", "b", "c", "d", "e"];

/** So many callers, which note who is called, and whose calls take 100 ns, 200 ns, … each. */
function openArms(count: number) {
  const log: string[] = [];
  const callers = names.slice(0, count).map((name, arm) => {
    const clock = fakeClock();
    const runtime = fakeRuntime((_, input) => {
      log.push(name);
      clock.pass((arm + 1) * 100);
      return input;
    }, name);
    return openCaller(runtime, { now: clock.now });
  });
  return { log, callers };
}

describe.each([1, 2, 3, 5])("a visit of %d arms", (arms) => {
  test.each([1, 2, 3, 7, 10, 100])(
    "takes %d samples of each, in two blocks of its own times",
    async (count) => {
      const { callers } = openArms(arms);
      const order = callers.keys().toArray();
      const blocks = await visit(callers, echo, { count, order, cold: false });
      const [there, back] = [Math.ceil(count / 2), Math.floor(count / 2)];
      const due = callers.map((_, arm) => [there, back].map((size) => new Array(size).fill((arm + 1) * 100)));
      expect(blocks).toEqual(due);
    },
  );

  test("goes there in its order and then back, after as many calls of each", async () => {
    const { log, callers } = openArms(arms);
    const order = openRandom(arms).shuffle(callers.keys().toArray());
    await visit(callers, echo, { count: 4, order, cold: true });
    const [untimed, timed] = [log.slice(0, -4 * arms), log.slice(-4 * arms)];
    const there = order.flatMap((arm) => new Array<string>(2).fill(names[arm] ?? ""));
    expect(timed).toEqual([...there, ...there.toReversed()]);
    // Two for each sample to get warm, and the one that mitata makes to see what it measures.
    for (const name of names.slice(0, arms)) expect(untimed.filter((one) => one === name)).toBeArrayOfSize(9);
  });
});

test("a visit closes what its case opened on each runtime", async () => {
  let open = 0;
  const opening: Case = {
    ...echo,
    open: (call, serial) => {
      open += 1;
      const close = async () => {
        open -= 1;
      };
      return { ...echo.open(call, serial), prepare: () => ({ input: {}, expect: {} }), close };
    },
  };
  await visit(openArms(2).callers, opening, { count: 2, order: [0, 1], cold: true });
  expect(open).toBe(0);
});

test("a visit ends at the first call that fails, with its runtime", async () => {
  const failing = fakeRuntime((call, input) => (call === 4 ? conflict() : input), "failing");
  const callers = [openCaller(fakeRuntime((_, input) => input)), openCaller(failing)];
  await expect(visit(callers, echo, { count: 10, order: [0, 1], cold: false })).rejects.toThrow(
    new MeasurementError('Cannot measure "echo" on failing: conflict: Cannot do it: it is done'),
  );
});

describe("orders", () => {
  const drawn = fc.record({ arms: fc.integer({ min: 0, max: 7 }), visits: fc.nat(60), seed: fc.nat() });

  test("have every arm once a visit, and at every place as often as any other, to within one visit", () => {
    fc.assert(
      fc.property(drawn, ({ arms, visits, seed }) => {
        const orders = drawOrders(arms, visits, openRandom(seed));
        expect(orders).toBeArrayOfSize(visits);
        const all = Array.from({ length: arms }, (_, arm) => arm);
        for (const order of orders) expect(order.toSorted()).toEqual(all);
        for (const place of all) {
          const times = all.map((arm) => orders.filter((order) => order[place] === arm).length);
          expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test("are drawn by a seed: every one comes up, and the same again", () => {
    const draw = (seed: number) => drawOrders(3, 2, openRandom(seed)).map((order) => order.join(""));
    expect(draw(7)).toEqual(draw(7));
    const first = Array.from({ length: 200 }, (_, seed) => draw(seed)[0]);
    expect(new Set(first).size).toBe(6);
  });

  test("are drawn anew in each round", () => {
    const draws = Array.from({ length: 20 }, (_, round) => openRandom(1, round).fraction());
    expect(new Set(draws).size).toBe(20);
    expect(openRandom(1, 2).fraction()).toBe(openRandom(1, 2).fraction());
  });
});

describe("answers", () => {
  const varying = (...varies: string[]): Case => ({
    tool: "any",
    branch: "any",
    varies,
    open: () => ({ prepare: () => ({ input: {}, expect: {} }) }),
  });
  const answering = (...answers: unknown[]) =>
    answers.map((answer, n) => openCaller(fakeRuntime(() => answer, names[n])));

  test("that differ in what the case says varies are alike, on every arm", async () => {
    const peer = (at: string) => ({ connection_id: at, ping_ms: at.length });
    const queued = (at: string) => ({ status: "queued", submitted_at: at, peers: [peer(at)] });
    const varies = varying("submitted_at", "connection_id", "ping_ms");
    await compareAnswers(answering(queued("now"), queued("then"), queued("later")), [varies]);
  });

  test.each([
    [1, "b"],
    [2, "c"],
  ])("that differ in more are refused, also when arm %d is the one", async (odd, name) => {
    const answers = [0, 1, 2].map((arm) => ({
      status: arm === odd ? "running" : "queued",
      submitted_at: "now",
    }));
    await expect(compareAnswers(answering(...answers), [varying("submitted_at")])).rejects.toThrow(
      new MeasurementError(
        `Cannot compare "any": a answered {"status":"queued","submitted_at":"string"}, ${name} answered {"status":"running","submitted_at":"string"}`,
      ),
    );
  });

  test.each([
    ["a field that only ends like one that varies", { sent_at: 1 }, { sent_at: 2 }],
    ["what a field that varies holds, where that is no text or number", { at: [1] }, { at: [1, 2] }],
    ["the type of a field that varies", { at: 1 }, { at: "1" }],
    ["a field that varies and is there once", { at: null }, { at: "now" }],
    ["a field that is there once", {}, { error: null }],
    ["a date and another", new Date(1), new Date(2)],
  ])("that differ in %s are refused", async (_, one, other) => {
    await expect(compareAnswers(answering(one, other), [varying("at")])).rejects.toThrow(
      /^Cannot compare "any": a answered /,
    );
  });

  test.each([
    ["a date and its text", new Date(1), "1970-01-01T00:00:00.001Z"],
    ["a field that is undefined and none", { at: undefined }, {}],
    ["zero and its negative", [-0], [0]],
  ])("that JSON carries alike are alike: %s", async (_, one, other) => {
    await compareAnswers(answering(one, other), [varying()]);
  });

  test("that JSON cannot carry end the run with the runtime that gave it", async () => {
    await expect(compareAnswers(answering({}, new Map()), [varying()])).rejects.toThrow(
      new MeasurementError('Cannot measure "any" on b: JSON cannot carry its answer: it is of class Map'),
    );
  });
});
