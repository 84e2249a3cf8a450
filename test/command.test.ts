import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { exitCode } from "../lib/command.ts";
import type { Status } from "../lib/judge/shapes.ts";
import type { Result } from "../lib/result/result.ts";
import { temporaryFolder } from "./run_script.ts";

/** What a result with these verdicts says of itself. */
function result(validity: Result["validity"], ...statuses: readonly Status[]) {
  return { validity, criteria: statuses.map((status) => ({ status })) };
}

test.each([
  [result("valid", "met"), {}, 0],
  [result("valid", "missed"), {}, 0],
  [result("valid", "inconclusive"), {}, 0],
  [result("suspect", "met"), {}, 0],
  [result("suspect", "met"), { check: true }, 1],
  [result("suspect", "met"), { strict: true }, 4],
  [result("valid"), { check: true }, 1],
  [result("valid", "met"), { check: true }, 0],
  [result("valid", "met", "missed"), { check: true }, 1],
  [result("valid", "met", "inconclusive"), { check: true }, 1],
  [result("valid", "met", "inconclusive"), { strict: true }, 4],
  [result("valid", "missed", "inconclusive"), { check: true, strict: true }, 1],
  [result("valid", "met", "inconclusive"), { check: true, strict: true }, 4],
  [result("invalid", "met"), {}, 3],
  [result("invalid", "missed"), { check: true, strict: true }, 3],
] as const)("case %#: the verdicts and flags decide the exit code", (found, flags, code) => {
  expect(exitCode(found, { check: false, strict: false, ...flags })).toBe(code);
});

test("what a script fails with hides the secrets of its environment, and nothing of it is obeyed", () => {
  using folder = temporaryFolder();
  const root = join(import.meta.dir, "..");
  const script = join(folder.path, "script.ts");
  writeFileSync(
    script,
    `import { z } from "${root}/node_modules/zod";
    import { runScript } from "${root}/lib/command.ts";
    import { UsageError } from "${root}/lib/errors.ts";
    const usage = { name: "script", question: "", options: z.strictObject({}) };
    await runScript(usage, async () => {
      throw new UsageError("Cannot go on:\\n::error::open-sesame");
    });`,
  );
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, script], {
    env: { ...process.env, MY_TOKEN: "open-sesame" },
  });
  expect([exitCode, stdout.toString(), stderr.toString()]).toEqual([2, "", "Cannot go on: ::error::***\n"]);
});
