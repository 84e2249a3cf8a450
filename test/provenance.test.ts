import { expect, test } from "bun:test";
import { join } from "node:path";
import { allowedCores } from "../lib/measure/cores.ts";
import { whilePinned } from "../lib/measure/pin.ts";
import { openProvenance } from "../lib/provenance.ts";

const module = join(import.meta.dir, "..", "lib", "provenance.ts");

test("a machine without git runs what it has, of no known revision", () => {
  const script = `
    const { openProvenance } = await import(${JSON.stringify(module)});
    console.log(openProvenance(0)().versions.commit);`;
  const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", script], { env: { PATH: "" } });
  expect([stdout.toString(), stderr.toString()]).toEqual(["null\n", ""]);
});

const isCheckout = Bun.spawnSync(["git", "rev-parse", "HEAD"], { cwd: import.meta.dir }).success;

test.skipIf(!isCheckout)("a run tells the commit that is checked out, and whether files are changed", () => {
  const { stdout } = Bun.spawnSync(["git", "status", "--porcelain", "--untracked-files=no"], {
    cwd: import.meta.dir,
  });
  const changed = stdout.length > 0 ? /^[0-9a-f]{40}-dirty$/ : /^[0-9a-f]{40}$/;
  expect(openProvenance(0)().versions.commit).toMatch(changed);
});

test.skipIf(allowedCores().length < 2)("a run that was bound to some of the cores says so", async () => {
  const script = `
    const { openProvenance } = await import(${JSON.stringify(module)});
    console.log(openProvenance(0)().machine.pinned);`;
  // A process inherits the cores of the one that starts it.
  const { stdout } = await whilePinned("same", [], async () =>
    Bun.spawnSync([process.execPath, "-e", script]),
  );
  expect(stdout.toString()).toBe("true\n");
});
