import { expect, test } from "bun:test";
import { join } from "node:path";

test("scripts that something befalls at any instant end in time, with their exit code and one line, and leave nothing", async () => {
  const bench = join(import.meta.dir, "../bench/faults.ts");
  const child = Bun.spawn([process.execPath, bench, "6", "7"], { stdout: "pipe", stderr: "pipe" });
  const [words, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  expect(errors).toBe("");
  expect(words).toContain("0 of 6 runs were not as they should be");
  expect(await child.exited).toBe(0);
}, 120_000);
