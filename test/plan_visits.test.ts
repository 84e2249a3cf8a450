import { expect, test } from "bun:test";
import fc from "fast-check";
import { planVisits } from "../lib/measure/plan_visits.ts";
import { openRandom } from "../lib/random.ts";

const asked = fc.record({
  all: fc.array(fc.record({ samples: fc.integer({ min: 0, max: 50 }) }), { maxLength: 6 }),
  arms: fc.integer({ min: 1, max: 5 }),
  perVisit: fc.integer({ min: 1, max: 12 }),
  seed: fc.integer(),
});

test("visits take what is asked of each, in parts, of which the first alone finds it cold", () => {
  fc.assert(
    fc.property(asked, ({ all, seed, ...how }) => {
      const visits = [...planVisits(all, { ...how, random: openRandom(seed) })];
      for (const of of all) {
        const own = visits.filter((visit) => visit.of === of);
        const counts = own.map(({ count }) => count);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(of.samples);
        expect(counts.slice(0, -1)).toEqual(counts.slice(0, -1).fill(how.perVisit));
        expect(own.map(({ cold }) => cold)).toEqual(own.map((_, n) => n === 0));
      }
      // Nobody has a second visit before each has had a first.
      const passes = visits.map(({ of }, at) => visits.slice(0, at).filter((one) => one.of === of).length);
      expect(passes).toEqual(passes.toSorted((a, b) => a - b));
    }),
  );
});

test("visits of one have each arm first as often as any other, to within one visit", () => {
  fc.assert(
    fc.property(asked, ({ all, arms, seed, perVisit }) => {
      const visits = [...planVisits(all, { arms, perVisit, random: openRandom(seed) })];
      for (const of of all) {
        const firsts = visits.filter((visit) => visit.of === of).map(({ order }) => order[0]);
        const times = Array.from({ length: arms }, (_, arm) => firsts.filter((one) => one === arm).length);
        expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test("visits come in another order each time, by the seed alone", () => {
  const all = Array.from({ length: 10 }, () => ({ samples: 3 }));
  const orderOf = (seed: number) =>
    [...planVisits(all, { arms: 2, perVisit: 1, random: openRandom(seed) })].map(({ of }) => all.indexOf(of));
  const drawn = orderOf(1);
  expect(orderOf(1)).toEqual(drawn);
  expect(orderOf(2)).not.toEqual(drawn);
  expect(new Set([drawn.slice(0, 10), drawn.slice(10, 20), drawn.slice(20)].map(String)).size).toBe(3);
});
