import { describe, expect, test } from "bun:test";
import { runtimes } from "../lib/runtimes/runtimes.ts";
import { readSource, readSources, type Source } from "./sources.ts";

/** From the top down: what stands in one line knows those below, and the others of its line. */
const order = [
  ["scripts"],
  ["lib/benchmarks"],
  ["lib/report", "lib/result", "lib/judge", "lib/measure"],
  ["lib/runtimes"],
  ["lib/registry.ts"],
];

/** What is measured out of the box knows these alone, and itself. */
const subjects = ["lib/p2p", "lib/general"];
const basics = ["registry", "case", "errors", "fields", "random", "child", "mailbox", "secret"].map(
  (name) => `lib/${name}.ts`,
);

/** What shows and keeps results knows nothing of how they were measured, through others neither. */
const views = ["lib/report", "lib/result"];
const unknownToViews = ["lib/measure", "lib/runtimes", "lib/benchmarks", "lib/p2p"];

/** Where runtimes are made, where one is served, and where a question is about a certain one. */
const aboutRuntimes = /^(lib\/(runtimes|benchmarks\/(runtime_comparison|self_check))\/|scripts\/serve\.ts$)/;

const sources = readSources("lib", "scripts");

/** A folder of lib, all scripts, or a file that stands in lib itself. */
function unitOf(path: string): string {
  const [top = "", folder = ""] = path.split("/");
  return top === "lib" ? `${top}/${folder}` : top;
}

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

function graphOf(sources: readonly Source[], nameOf: (path: string) => string): Graph {
  const graph = new Map<string, Set<string>>();
  for (const { path, imports } of sources) {
    const [from, all] = [nameOf(path), imports.map(nameOf)];
    graph.set(from, new Set([...(graph.get(from) ?? []), ...all.filter((to) => to !== from)]));
  }
  return graph;
}

/** A shortest way for each node that can be reached; `passes` are those that one may go on from. */
function waysFrom(start: string, graph: Graph, passes = (_: string) => true): string[][] {
  const ways = [...(graph.get(start) ?? [])].map((next) => [start, next]);
  const seen = new Set(ways.map((way) => way.at(-1)));
  for (const way of ways)
    for (const next of graph.get(way.at(-1) ?? "") ?? []) {
      if (seen.has(next) || !passes(way.at(-1) ?? "")) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  return ways;
}

/** One circle for each set of nodes that are in one. */
function circlesIn(graph: Graph): string[] {
  const circles = new Map<string, string>();
  for (const node of graph.keys()) {
    const circle = waysFrom(node, graph).find((way) => way.at(-1) === node);
    if (circle) circles.set(circle.slice(1).sort().join(), circle.join(" → "));
  }
  return [...circles.values()];
}

function upwardIn(graph: Graph): string[] {
  const rankOf = (unit: string) => order.findIndex((line) => line.includes(unit));
  return [...graph.keys()].flatMap((unit) => {
    const rank = rankOf(unit);
    if (rank < 0) return [];
    const ways = waysFrom(unit, graph, (between) => rankOf(between) < 0);
    const upward = ways.filter((way) => {
      const other = rankOf(way.at(-1) ?? "");
      return other >= 0 && other < rank;
    });
    return upward.map((way) => way.join(" → "));
  });
}

/** Runtimes whose names are everyday words of other things. */
const everyday = ["json", "handle", "unix"];

/** The words that an identifier is made of: `openHttpHost` has http. */
function wordsIn(identifier: string): string[] {
  return identifier
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[_$]+/);
}

function runtimesNamedIn({ path, tokens }: Source): string[] {
  if (aboutRuntimes.test(path)) return [];
  const names = runtimes
    .flatMap(({ name, formerName = name }) => [name, formerName])
    .filter((name) => !everyday.includes(name));
  return tokens.flatMap(({ kind, value }, n) => {
    const isHome = tokens[n - 1]?.value === ":" && tokens[n - 2]?.value === "home";
    const words = kind === "text" ? value.split(",") : kind === "word" ? wordsIn(value) : [];
    return !isHome && words.some((word) => names.includes(word)) ? [`${path}: ${value}`] : [];
  });
}

describe("the files of lib and scripts", () => {
  const [files, units] = [graphOf(sources, (path) => path), graphOf(sources, unitOf)];

  test("import each other in no circle, neither do their folders", () => {
    expect([...circlesIn(files), ...circlesIn(units)]).toEqual([]);
  });

  test("import from below alone", () => {
    expect(upwardIn(units)).toEqual([]);
  });

  test.each(subjects)("of %s know the basics alone", (subject) => {
    const known = [...subjects.map((folder) => `${folder}/`), ...basics];
    const strange = sources
      .filter(({ path }) => path.startsWith(`${subject}/`))
      .flatMap(({ path, imports }) => imports.map((to) => [path, to] as const))
      .filter(([, to]) => !known.some((place) => to.startsWith(place)));
    expect(strange.map((way) => way.join(" → "))).toEqual([]);
  });

  test.each(views)("of %s know nothing of measuring", (view) => {
    const ways = waysFrom(view, units).filter((way) => unknownToViews.includes(way.at(-1) ?? ""));
    expect(ways.map((way) => way.join(" → "))).toEqual([]);
  });

  test("name no runtime but where one is made, is a tool's home, or is asked about", () => {
    expect(sources.flatMap(runtimesNamedIn)).toEqual([]);
  });
});

describe("what a file says", () => {
  const read = (...lines: string[]) => readSource("lib/report/a.ts", lines.join("\n"));

  test("is what it imports, however it does", () => {
    const { imports } = read(
      'import { one } from "./one.ts";',
      'import type { Two } from "../two.ts";',
      'import "./html/three.ts";',
      "import four, {",
      "  type Five,",
      "} from './four.ts';",
      'const five = await import("./five.ts");',
      'export * from "./six.ts";',
      `const z = \`\${await import("./seven.ts")} and } or \${"./none.ts"}\`;`,
      'import { z } from "zod";',
      'import { version } from "../../package.json";',
      '// import { no } from "./comment.ts";',
      "const quoted = 'import { no } from \"./text.ts\"';",
      'const pattern = /[/"] from "/; // from "./pattern.ts"',
      'const half = (4 + 2) / 2; const other = "./from.ts";',
    );
    expect(imports).toEqual([
      "lib/report/one.ts",
      "lib/two.ts",
      "lib/report/html/three.ts",
      "lib/report/four.ts",
      "lib/report/five.ts",
      "lib/report/six.ts",
      "lib/report/seven.ts",
    ]);
  });

  test("names a runtime in a text or a word of its own, and not in a sentence, a comment or a home", () => {
    const names = runtimes.map(({ name }) => name).filter((name) => !everyday.includes(name));
    const [one = "", other = ""] = names;
    const capital = `${other.slice(0, 1).toUpperCase()}${other.slice(1)}`;
    const named = runtimesNamedIn(
      read(
        `const a = "${one}";`,
        `const b = \`${one},${other}\`;`,
        `const c = open${capital}(${one});`,
        `const d = { ${other}_adds: 1 };`,
        `// ${one} and "${other}"`,
        `const e = "what ${one} calls save against ${other}";`,
        `const f = { home: "${one}", ${one}ly: 1 };`,
      ),
    );
    expect(named).toEqual(
      [one, `${one},${other}`, `open${capital}`, one, `${other}_adds`].map(
        (what) => `lib/report/a.ts: ${what}`,
      ),
    );
  });

  test("is found to be in a circle, or to come from above, through others too", () => {
    const file = (path: string, ...imports: string[]): Source => ({ path, imports, tokens: [] });
    const sources = [
      file("lib/measure/a.ts", "lib/x.ts"),
      file("lib/x.ts", "lib/benchmarks/b.ts"),
      file("lib/benchmarks/b.ts", "lib/runtimes/c.ts"),
      file("lib/runtimes/c.ts", "lib/runtimes/d.ts", "lib/registry.ts"),
      file("lib/runtimes/d.ts", "lib/runtimes/c.ts"),
      file("lib/registry.ts"),
    ];
    expect(upwardIn(graphOf(sources, unitOf))).toEqual(["lib/measure → lib/x.ts → lib/benchmarks"]);
    expect(circlesIn(graphOf(sources, (path) => path))).toEqual([
      "lib/runtimes/d.ts → lib/runtimes/c.ts → lib/runtimes/d.ts",
    ]);
    expect(circlesIn(graphOf(sources, unitOf))).toEqual([]);
  });
});
