import { expect, test } from "bun:test";
import { join } from "node:path";

test("a server that is sent anything has no fault of its own, and answers on", async () => {
  const bench = join(import.meta.dir, "../bench/fuzz.ts");
  const child = Bun.spawn([process.execPath, bench, "2000", "5"], { stdout: "pipe", stderr: "pipe" });
  const [words, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  expect(errors).toBe("");
  expect(words).toMatch(/^server errors caused by input: 0 \(at most 0\)$/m);
  expect(words).not.toContain("what the server said");
  const counted = new Map(
    [...words.matchAll(/^(.+): (\d+)$/gm)].map(([, what, count]) => [what, Number(count)]),
  );
  // What was sent reached the tools too, on both ways, and was refused in each of these.
  for (const what of ["tool 200", "tool 404", "tool 422", "mcp 200", "mcp 400", "request 400", "bytes 400"])
    expect(counted.get(what)).toBeGreaterThan(10);
}, 120_000);
