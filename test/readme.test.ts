import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { resultSchema } from "../lib/result.ts";
import { runScript } from "./run_script.ts";

const root = join(import.meta.dir, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const scripts = readdirSync(join(root, "scripts")).sort();

test("the README's table names every script and no other", () => {
  const named = [...readme.matchAll(/^\| `scripts\/(\w+\.ts)`/gm)].map(([, name]) => name);
  expect(named.sort()).toEqual(scripts);
});

test("what the README shows and links to is there", () => {
  const paths = [...readme.matchAll(/\]\((?!https:)([^)]+)\)/g)].map(([, path = ""]) => path);
  expect(paths).not.toBeEmpty();
  expect(paths.filter((path) => !existsSync(join(root, path)))).toBeEmpty();
});

test.each(scripts.map((script) => script.replace(".ts", "")))(
  "%s tells its flags and its version",
  async (name) => {
    const help = await runScript(name, "--help");
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toContain(`bun run scripts/${name}.ts`);
    // What follows " -- " are the flags of another script.
    for (const [, words = ""] of readme.matchAll(new RegExp(`scripts/${name}.ts((?:(?! -- )[^\`\n])*)`, "g")))
      for (const [flag] of words.matchAll(/--[a-z-]+/g)) expect(help.stdout).toContain(flag);
    expect(await runScript(name, "--version")).toMatchObject({ code: 0, stdout: "0.1.0\n" });
  },
);

test("results/schema.json is the JSON Schema of a result", () => {
  const committed = readFileSync(join(root, "results", "schema.json"), "utf8");
  expect(JSON.parse(committed)).toEqual(z.toJSONSchema(resultSchema));
});
