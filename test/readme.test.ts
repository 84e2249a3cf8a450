import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { resultSchema } from "../lib/result/result.ts";
import { runScript } from "./run_script.ts";
import { readSteps } from "./steps.ts";

const root = join(import.meta.dir, "..");
const scripts = readdirSync(join(root, "scripts")).map((file) => file.replace(/\.ts$/, ""));
const docs = readdirSync(join(root, "docs")).map((name) => `docs/${name}`);
const pages = ["README.md", ...docs].map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
const readme = pages[0]?.text ?? "";

/** What the page on contributing has its reader make. */
const made = readSteps("contributing.md").flatMap(({ path }) => path || []);

/** The lines and spans of code in a page, but for files and changes to them. */
function codeIn(page: string): string[] {
  const prose = page.replace(/^```(ts|diff).*?^```$/gms, "");
  const blocks = [...prose.matchAll(/^```(?:sh)?\n(.*?)^```$/gms)].flatMap(([, code = ""]) =>
    code.split("\n"),
  );
  const spans = [...prose.replace(/^```.*?^```$/gms, "").matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
  return [...blocks, ...spans].map((code) => code.replace(/\s+/g, " "));
}

/** The flags in a line of code, by the script that they follow; by "" where they follow none. */
function flagsIn(code: string): (readonly [script: string, flag: string])[] {
  let script = "";
  const words = code.split(" ");
  return words.flatMap((word, n): (readonly [string, string])[] => {
    const isProgram = n === 0 || ["run", "--"].includes(words[n - 1] ?? "");
    const name = /^(?:scripts\/)?(\w+)(?:\.ts)?$/.exec(word)?.[1] ?? "";
    if (isProgram && scripts.includes(name)) script = name;
    const flag = /^--[a-z][a-z\d-]*/.exec(word)?.[0];
    return flag === undefined ? [] : [[script, flag]];
  });
}

test("the README's table names every script and no other", () => {
  const named = [...readme.matchAll(/^\| `scripts\/(\w+)\.ts`/gm)].map(([, name]) => name);
  expect(named.sort()).toEqual([...scripts].sort());
});

test("the README is short, and leads to every page", () => {
  expect(readme.trimEnd().split("\n").length).toBeLessThanOrEqual(150);
  expect(docs.filter((path) => !readme.includes(`(${path})`))).toEqual([]);
});

test.each(pages)("what $path links to, shows and names is there", ({ path, text }) => {
  const links = [...text.matchAll(/\]\((?!https:)([^)#]+)[^)]*\)/g)].map(([, to = ""]) =>
    join(dirname(path), to),
  );
  const files = codeIn(text).flatMap((code) => [
    ...code.matchAll(/(?:scripts|lib|test|bench|examples|\.github)\/[\w./-]*/g),
  ]);
  const named = [...links, ...files.map(([file]) => file)].filter((file) => !made.includes(file));
  expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

test.each(pages.slice(1))("$path begins with a title and the question that it answers", ({ text }) => {
  expect(text).toMatch(/^# \S.*\n\n\S.*\?\n\n/);
});

describe("the flags that pages name", async () => {
  const helps = new Map(
    await Promise.all(scripts.map(async (name) => [name, await runScript(name, "--help")] as const)),
  );

  test.each(scripts)("are among those that %s tells", (name) => {
    const help = helps.get(name);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help?.stdout).toContain(`bun run scripts/${name}.ts`);
    const named = pages.flatMap(({ text }) => codeIn(text).flatMap(flagsIn));
    const unknown = named.filter(([script, flag]) => script === name && !help?.stdout.includes(`${flag} `));
    expect(unknown).toEqual([]);
  });

  test("are those of some script where none is named", () => {
    const all = [...helps.values()].map(({ stdout }) => stdout).join("\n");
    const alone = pages.flatMap(({ text }) => codeIn(text).filter((code) => code.startsWith("--")));
    expect(alone).not.toBeEmpty();
    expect(alone.flatMap(flagsIn).filter(([, flag]) => !all.includes(`${flag} `))).toEqual([]);
  });
});

test.each(scripts)("%s tells its version", async (name) => {
  expect(await runScript(name, "--version")).toMatchObject({ code: 0, stdout: "0.1.0\n" });
});

test("no figure is still to be filled in", () => {
  expect(pages.filter(({ text }) => text.includes("TODO-FIGURE")).map(({ path }) => path)).toEqual([]);
});

test("results/schema.json is the JSON Schema of a result", () => {
  const committed = readFileSync(join(root, "results", "schema.json"), "utf8");
  expect(JSON.parse(committed)).toEqual(z.toJSONSchema(resultSchema));
});
