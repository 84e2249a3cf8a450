import { expect, test } from "bun:test";
import { join } from "node:path";

test("a server that is sent the largest inputs stays within its memory, answers no more than it may, and fails nobody", async () => {
  const bench = join(import.meta.dir, "../bench/limits.ts");
  const child = Bun.spawn([process.execPath, bench, "1"], { stdout: "pipe", stderr: "pipe" });
  const [words, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  expect(errors).toBe("");
  expect(await child.exited).toBe(0);
  const figure = (pattern: RegExp) => Number(pattern.exec(words)?.[1]);
  expect(figure(/^peak resident memory: (\d+) MiB/m)).toBeWithin(50, 513);
  expect(figure(/^largest answer: ([\d.]+) MiB/m)).toBeWithin(1, 8);
  expect(figure(/ (\d+) × 2xx/)).toBeGreaterThan(40);
  expect(figure(/ (\d+) × 5xx/)).toBe(0);
  // How long an answer takes depends on what else the machine does; that it was measured does not.
  expect(words).toMatch(
    /^slowest answer of \/health: \d+ ms \(at most 100\), \d+ of \d+ later\nlongest stop by one call: \d+ ms, by \w+/m,
  );
}, 120_000);
