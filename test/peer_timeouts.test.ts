import { expect, test } from "bun:test";
import { join } from "node:path";

test("calls with however little time leave no error behind that nobody catches, which would end the process", async () => {
  const fixture = join(import.meta.dir, "fixtures/short_dials.ts");
  const child = Bun.spawn([process.execPath, fixture], { stdout: "pipe", stderr: "pipe" });
  const [ends, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  expect(errors).toBe("");
  expect(["answered", "timeout"]).toEqual(expect.arrayContaining(JSON.parse(ends)));
  expect(await child.exited).toBe(0);
}, 60_000);
