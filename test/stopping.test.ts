import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { UsageError } from "../lib/errors.ts";
import { type Asked, forecast, lastRoundSeconds, type Stopping, untilNarrow } from "../lib/stopping.ts";

/** The half-width of a part by the rounds it has had, and what a round of it takes, in seconds. */
interface Part {
  halfWidth(rounds: number): number | null;
  readonly seconds?: number;
}

/** Runs rounds of these parts by a clock of its own; answers how many each had, and the most there were. */
function run(stopping: Stopping, parts: Readonly<Record<string, Part>>) {
  const had = new Map(Object.keys(parts).map((part) => [part, 0]));
  let ms = 0;
  let rounds = 0;
  const asked = (): Asked[] =>
    Object.entries(parts).map(([part, { halfWidth }]) => {
      const own = had.get(part) ?? 0;
      return { part, name: part, halfWidth: halfWidth(own), rounds: own };
    });
  function* jobs(round: number, open: ReadonlySet<string> | null) {
    rounds = Math.max(rounds, round + 1);
    for (const part of Object.keys(parts)) if (!open || open.has(part)) yield { round, part };
  }
  for (const { part } of untilNarrow(stopping, { jobs, asked, now: () => ms })) {
    had.set(part, (had.get(part) ?? 0) + 1);
    ms += (parts[part]?.seconds ?? 0.1) * 1e3;
  }
  return { rounds, had: Object.fromEntries(had), seconds: ms / 1e3 };
}

const never: Part = { halfWidth: () => 99 };
const after = (rounds: number): Part => ({ halfWidth: (had) => (had >= rounds ? 5 : 5.1) });

describe("a run", () => {
  test("takes exactly the rounds that are asked for, however wide or long", () => {
    for (const rounds of [1, 3, 20])
      expect(run({ rounds, precision: 5, budget: 1 }, { a: { ...never, seconds: 9 } }).rounds).toBe(rounds);
  });

  test("takes eight rounds at least, and no more where all is narrow by then", () => {
    expect(run({ precision: 5 }, { a: after(1), b: after(8) })).toMatchObject({
      rounds: 8,
      had: { a: 8, b: 8 },
    });
  });

  test("goes on by two rounds, with what is not yet narrow alone", () => {
    const { rounds, had } = run({ precision: 5 }, { a: after(8), b: after(13), c: after(11) });
    expect([rounds, had]).toEqual([14, { a: 8, b: 14, c: 12 }]);
  });

  test("goes on where nothing is known of a part", () => {
    for (const nothing of [null, Number.NaN]) {
      const unknown: Part = { halfWidth: (had) => (had < 10 ? nothing : 1) };
      expect(run({ precision: 5 }, { a: unknown }).rounds).toBe(10);
    }
  });

  test("begins no more rounds than its budget has room for, 60 s by default, but always its minimum", () => {
    expect(run({ precision: 5 }, { a: { ...never, seconds: 3 } })).toMatchObject({ rounds: 20, seconds: 60 });
    expect(run({ precision: 5, budget: 100 }, { a: { ...never, seconds: 3 } }).seconds).toBe(96);
    expect(run({ precision: 5 }, { a: { ...never, seconds: 20 } })).toMatchObject({
      rounds: 8,
      seconds: 160,
    });
  });

  test("never spends more than its budget beyond its minimum", () => {
    const drawn = fc.record({
      seconds: fc.double({ min: 0.1, max: 5, noNaN: true }),
      budget: fc.integer({ min: 50, max: 300 }),
    });
    fc.assert(
      fc.property(drawn, ({ seconds, budget }) => {
        const found = run({ precision: 5, budget }, { a: { ...never, seconds } });
        expect(found.seconds).toBeLessThanOrEqual(budget + 1e-6);
        expect(found.seconds).toBeGreaterThan(Math.min(budget - 2 * seconds, 8 * seconds) - 1e-6);
      }),
    );
  });

  test("refuses a budget that the minimum does not fit in, once a round has shown that", () => {
    expect(() => run({ precision: 5, budget: 10 }, { a: { ...never, seconds: 3 } })).toThrow(
      new UsageError(
        "Cannot keep to a budget of 10 s: the 8 rounds that an interval takes need about 24 s here; give it, or --rounds",
      ),
    );
    // A quarter more is no reason to stop.
    expect(run({ precision: 5, budget: 20 }, { a: { ...never, seconds: 3 } }).rounds).toBe(8);
  });
});

describe("a forecast", () => {
  const asked = (halfWidth: number | null, rounds = 8) => [{ part: "a", name: "saving", halfWidth, rounds }];

  test("says what twenty more seconds would bring", () => {
    // t(0.05, 7) / √8 = 0.836 and t(0.05, 17) / √18 = 0.497.
    expect(forecast({ precision: 5 }, asked(10), 2)).toEqual([
      "saving is known to ± 10.0 after 8 rounds, and ± 5 was asked: 20 more seconds would give ± 5.9.",
    ]);
  });

  test("does not count out a width that says nothing", () => {
    expect(forecast({ precision: 5 }, asked(8.6e9, 2), 10)).toEqual([
      "saving is known to more than ± 100 after 2 rounds, and ± 5 was asked: 20 more seconds would give more than ± 100.",
    ]);
  });

  test("is of a round at least, which may take longer", () => {
    expect(forecast({ precision: 5 }, asked(10), 30)[0]).toContain("30 more seconds would give ± 9.2.");
  });

  test("is none where all is narrow, or nothing is known", () => {
    expect(forecast({ precision: 5 }, asked(5), 2)).toEqual([]);
    expect(forecast({ precision: 5 }, asked(null), 2)).toEqual([]);
    expect(forecast({ precision: 5 }, asked(10, 1), 2)).toEqual([]);
  });
});

test("the last round took from the end of those before it to its own", () => {
  const at = (round: number, atMs: number) => ({ job: { round }, atMs });
  expect(lastRoundSeconds([at(0, 1000), at(0, 2000), at(1, 3500), at(2, 4000), at(2, 5000)])).toBe(1.5);
  expect(lastRoundSeconds([at(0, 1000), at(2, 4000)])).toBe(3);
  expect(lastRoundSeconds([at(0, 700)])).toBe(0.7);
});
