import { expect, test } from "bun:test";
import { join } from "node:path";

const module = join(import.meta.dir, "..", "lib", "provenance.ts");

test("a machine without git runs what it has, of no known revision", () => {
  const script = `
    const { openProvenance } = await import(${JSON.stringify(module)});
    console.log(openProvenance(0)().versions.commit);`;
  const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", script], { env: { PATH: "" } });
  expect([stdout.toString(), stderr.toString()]).toEqual(["null\n", ""]);
});
