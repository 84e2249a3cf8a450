import { expect, test } from "bun:test";
import fc from "fast-check";
import { KeptJson } from "../lib/p2p/kept_json.ts";
import { Retention, type RetentionLimits } from "../lib/p2p/retention.ts";

interface Thing {
  readonly name: number;
  bytes: number;
}

test("forgets what ended first and no more than it must, and never what has not ended", () => {
  const deed = fc.oneof(
    fc.record({ do: fc.constant("open" as const), bytes: fc.nat(60) }),
    fc.record({ do: fc.constantFrom("end" as const, "reopen" as const, "drop" as const), which: fc.nat(20) }),
    fc.record({ do: fc.constant("grow" as const), which: fc.nat(20), bytes: fc.nat(30) }),
  );
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 60 }), fc.nat(4), (deeds, keep) => {
      const mostBytes = 100;
      let open: Thing[] = [];
      let ended: Thing[] = [];
      const sum = (things: readonly Thing[]) => things.reduce((total, { bytes }) => total + bytes, 0);
      const retention = new Retention<Thing>({ keep, mostBytes }, (thing) => {
        expect(thing).toBe(ended[0] ?? thing);
        expect(ended.length > keep || sum(open) + sum(ended) > mostBytes).toBe(true);
        ended = ended.slice(1);
        retention.drop(thing);
      });
      for (const [name, deed] of deeds.entries()) {
        const those = deed.do === "end" ? open : deed.do === "reopen" ? ended : [...open, ...ended];
        const thing = deed.do === "open" ? { name, bytes: deed.bytes } : those[deed.which];
        if (!thing) continue;
        open = open.filter((other) => other !== thing);
        const was = ended.includes(thing);
        if (deed.do !== "grow") ended = ended.filter((other) => other !== thing);
        if (deed.do === "open" || deed.do === "reopen") {
          expect(retention.hasRoom(thing.bytes)).toBe(sum(open) + thing.bytes <= mostBytes);
          open.push(thing);
          retention.open(thing);
        } else if (deed.do === "end") {
          ended.push(thing);
          retention.end(thing);
        } else if (deed.do === "grow") {
          if (!was) open.push(thing);
          retention.grow(thing, deed.bytes);
        } else retention.drop(thing);
        expect(ended.length).toBeLessThanOrEqual(keep);
        if (ended.length > 0) expect(sum(open) + sum(ended)).toBeLessThanOrEqual(mostBytes);
        expect(retention.isOver).toBe(sum(open) > mostBytes);
      }
    }),
  );
});

test("what was forgotten for room is collected once it is much, and not what was forgotten for its number", async () => {
  const mebibyte = 1024 * 1024;
  const forgottenAlive = async (limits: RetentionLimits) => {
    const kept = new Set<Thing>();
    const forgotten: WeakRef<Thing>[] = [];
    const retention = new Retention<Thing>(limits, (thing) => {
      kept.delete(thing);
      forgotten.push(new WeakRef(thing));
      retention.drop(thing);
    });
    for (let name = 0; name < 1_000; name++) {
      const thing = { name, bytes: mebibyte / 10 };
      kept.add(thing);
      retention.open(thing);
      retention.end(thing);
    }
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    return forgotten.filter((thing) => thing.deref()).length / forgotten.length;
  };
  expect(await forgottenAlive({ keep: 1_000, mostBytes: mebibyte })).toBeLessThan(0.5);
  const byNumber = { keep: 10, mostBytes: 200 * mebibyte };
  // JSC may collect by itself meanwhile, but hardly three times.
  const shares = [
    await forgottenAlive(byNumber),
    await forgottenAlive(byNumber),
    await forgottenAlive(byNumber),
  ];
  expect(Math.max(...shares)).toBe(1);
});

test("a kept value is the same as JSON has it, in a copy of its own each time", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const value: unknown = JSON.parse(text);
      const kept = new KeptJson(value);
      const again = JSON.stringify(value);
      expect(JSON.stringify(kept.copy())).toBe(again);
      expect(kept.bytes).toBeGreaterThanOrEqual(Buffer.byteLength(again));
      if (typeof value === "object" && value !== null) expect(kept.copy()).not.toBe(kept.copy());
    }),
  );
});

test.each([
  ["of ASCII", "x".repeat(100), 102],
  ["with one letter beyond it, which makes all of it twice as wide", `${"x".repeat(99)}任`, 204],
  ["of such letters only", "任".repeat(100), 302],
])("a text %s takes as much as it does in memory or as UTF-8, whichever is more", (_, text, bytes) => {
  expect(new KeptJson(text).bytes).toBe(bytes);
});
