import { expect, test } from "bun:test";
import { join } from "node:path";

test("a round closes what it opened when it meets a fault of ours, and shows the stack", async () => {
  const module = join(import.meta.dir, "fixtures", "failing_round.ts");
  await using round = Bun.spawn([process.execPath, module], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(round.stdout).text(),
    new Response(round.stderr).text(),
    round.exited,
  ]);
  expect([stdout, code]).toEqual(['"closed"\n', 1]);
  expect(stderr).toMatch(/TypeError: Cannot be so\n +at .*failing_round\.ts/);
});
