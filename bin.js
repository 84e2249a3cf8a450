#!/usr/bin/env node
// Runs a script by its name with Bun: the one that is there, or npm's. Node runs this file, so that it has no types.
import { spawn, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { closestMatch } from "leven";

const bun = "bun@1.4.5";

const folder = join(import.meta.dirname, "scripts");
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -".ts".length));
const [asked = "", ...args] = process.argv.slice(2);
// `probe` is probe_server, as long as nothing else begins like that.
const [name, ...others] = names.includes(asked)
  ? [asked]
  : names.filter((one) => asked && one.startsWith(asked));
if (name === undefined || others.length > 0) {
  const wrong =
    asked === "" ? "name one" : `there is no "${asked}", the nearest is ${closestMatch(asked, names)}`;
  console.error(`Cannot run a script: ${wrong}; there are ${names.join(", ")}`);
  process.exit(2);
}
const words = [join(folder, `${name}.ts`), ...args];
const isThere = spawnSync("bun", ["--version"], { stdio: "ignore" }).status === 0;
const child = isThere
  ? spawn("bun", words, { stdio: "inherit" })
  : spawn("npx", ["--yes", bun, ...words], { stdio: "inherit" });
child.on("error", ({ message }) => {
  console.error(
    `Cannot run ${name}: neither bun nor npx can be started (${message}); install Bun from https://bun.sh`,
  );
  process.exit(2);
});
// A terminal's Ctrl-C reaches both; what ends this process alone is passed on.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal ?? "SIGTERM"]));
