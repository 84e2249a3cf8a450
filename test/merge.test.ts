import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { judgeLatency } from "../lib/benchmarks/p2p_latency/judge.ts";
import type { Finds } from "../lib/benchmarks/p2p_latency/tools.ts";
import { UsageError } from "../lib/errors.ts";
import { judgeFamily } from "../lib/result/family.ts";
import { mergeResults } from "../lib/result/merge.ts";
import { keyOf } from "../lib/result/over.ts";
import { faultOfResult, type Result } from "../lib/result/result.ts";
import { declareTable, type Table } from "../lib/result/table.ts";
import { anyResult } from "./any_result.ts";
import { incomplete, invalid, sampleComparison, sampleLatency, suspect } from "./sample_results.ts";

const { machine, versions, options } = sampleLatency;

function merge(...results: Result[]): Result {
  const parts = results.map((result, n) => ({ name: `${n + 1}.json`, result }));
  return mergeResults(parts, "merged.json", { force: false });
}

/** What a shard has that chose these tools. */
function shard(...tools: string[]): Result {
  const tables = sampleLatency.tables.map((table) => ({
    ...table,
    rows: table.rows.filter((row) => tools.includes(String(row.tool_name))),
  }));
  return { ...sampleLatency, options: { ...options, tool: tools }, tables };
}

const namesOf = ({ tables }: Result) => tables[0]?.rows.map((row) => `${row.tool_name} ${row.runtime}`);

const plan = {
  ...{
    iterations: 8,
    rounds: 3,
    target: 50,
    precision: 5,
    samples: false,
    called: [],
    left_out: [],
    reference: "http",
  },
  runtimes: ["direct", "http", "direct (2)"].map((name) => ({ name, runtime: name })),
};

/** Three rounds of some tools in the order of all, each with four blocks of two samples on each runtime. */
const time = fc.double({ min: 1e3, max: 1e8, noNaN: true });
const twice = <T>(of: fc.Arbitrary<T>, length: number) =>
  fc.array(of, { minLength: length, maxLength: length });
const measured = fc
  .subarray(["workflow_submit", "workflow_status", "task_submit", "task_status", "queue_stats"], {
    minLength: 2,
  })
  .chain((tools) =>
    fc.tuple(fc.constant(tools), twice(twice(twice(twice(twice(time, 2), 4), 3), tools.length), 3)),
  )
  .map(([tools, rounds]) => ({
    tools,
    visits: rounds.flatMap((round, n) =>
      round.map((blocks, at) => ({
        job: { round: n, bootstrap: undefined },
        said: { kind: "visited" as const, tool: tools[at] ?? "", branch: "b", blocks },
        atMs: n,
      })),
    ),
  }));

function judge(visits: Finds, tool: string[]): Result {
  const own = visits.filter(({ said }) => said.kind === "visited" && tool.includes(said.tool));
  const { tables, criteria, audit } = judgeLatency(own, { ...plan, tool });
  const given = { rounds: 3, target: 50, tool: [...tool] };
  return {
    ...sampleLatency,
    options: given,
    tables: [...tables],
    criteria: [...criteria],
    audit: [...audit],
  };
}

describe("merging", () => {
  test("gives the rows and the verdicts that one run would have given", () => {
    fc.assert(
      fc.property(measured, fc.nat(), ({ tools, visits }, cut) => {
        const whole = judge(visits, tools);
        const at = 1 + (cut % (tools.length - 1));
        const merged = merge(...[tools.slice(at), tools.slice(0, at)].map((own) => judge(visits, own)));
        expect(merged.tables[0]?.rows).toEqual(whole.tables[0]?.rows ?? []);
        expect(merged.criteria).toEqual(whole.criteria);
        expect(merged.criteria.map(({ about }) => about.runtime)).toEqual(["direct", "direct (2)"]);
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    ["0123456789abcdef", "valid", []],
    ["0123456789abcdef-dirty", "suspect", ["files differed from 0123456789abcdef"]],
    [null, "suspect", ["nobody knows of which the parts are"]],
  ] as const)("of parts at revision %p gives a %s result", (commit, validity, found) => {
    const parts = ["task_submit", "peer_connect"].map((tool) => ({
      ...shard(tool),
      versions: { ...versions, commit },
    }));
    const merged = merge(...parts);
    expect(merged.validity).toBe(validity);
    const revisions = merged.audit.filter(({ check }) => check === "one revision");
    expect(revisions.map(({ detail }) => detail)).toEqual([...found]);
  });

  test("joins whatever the schema allows, split row by row, or refuses it in one line", () => {
    let joined = 0;
    fc.assert(
      fc.property(anyResult(), (result) => {
        const merged = attempt(() => merge(...splitUp(result)));
        if (!merged) return;
        joined++;
        expect(faultOfResult(merged)).toBeNull();
        expect(merged.complete).toBe(result.complete);
        const names = result.tables.map(({ name }) => name);
        expect(merged.tables.map(({ name }) => name)).toEqual(names);
        for (const [n, table] of result.tables.entries())
          expect(sorted(merged.tables[n])).toEqual(sorted(judgeFamily(table)));
        const plain = (of: Result) => of.criteria.filter(({ over }) => !over).map(keyOf);
        expect(plain(merged)).toEqual(plain(result));
      }),
      { numRuns: 300, seed: 1 },
    );
    expect(joined).toBeGreaterThan(150);
  });

  test("brings rows back to the order of the values that a label knows, and leaves others as they come", () => {
    const merged = merge(shard("peer_connect"), shard("workflow_submit"), shard("task_submit"));
    expect(namesOf(merged)).toEqual(namesOf(sampleLatency) ?? []);
    const table = declareTable("t", "", { arm: { kind: "label", title: "" } });
    const part = (arm: string) => ({ ...sampleLatency, criteria: [], tables: [table.of([{ arm }])] });
    expect(merge(part("b"), part("a")).tables[0]?.rows).toEqual([{ arm: "b" }, { arm: "a" }]);
  });

  test("takes the tables of all parts, the later ones behind the first", () => {
    const [load, sweep, laws] = sampleComparison.tables;
    const part = (...tables: (Table | undefined)[]): Result => ({
      ...sampleComparison,
      criteria: [],
      tables: tables.filter((table) => table !== undefined),
    });
    expect(merge(part(load), part(sweep, laws)).tables).toEqual([...sampleComparison.tables]);
  });

  test("is as valid as the worst part, complete only with all of them, and says whose each audit is", () => {
    const none = sampleLatency.tables.map((table) => ({ ...table, rows: [] }));
    const merged = merge(sampleLatency, { ...invalid, complete: false, criteria: [], tables: none });
    expect(merged).toMatchObject({ complete: false, validity: "invalid", criteria: [] });
    expect(merged.audit.map(({ check, detail }) => `${check}: ${detail}`)).toEqual([
      "sample count: 1.json: 600 calls",
      "path: 2.json: another process answered",
    ]);
    expect(merge({ ...suspect, tables: none }, sampleLatency).validity).toBe("suspect");
  });

  test("was bound to some of the cores only where all parts were", () => {
    const bound = (tool: string, pinned: boolean) => ({ ...shard(tool), machine: { ...machine, pinned } });
    expect(merge(bound("task_submit", true), bound("peer_connect", true)).machine.pinned).toBe(true);
    expect(merge(bound("task_submit", true), bound("peer_connect", false)).machine.pinned).toBe(false);
  });

  test("judges over the rows of all parts only where each part that has some was judged", () => {
    const rest = shard("task_submit", "peer_connect");
    expect(merge(shard("workflow_submit"), rest).criteria).toEqual(sampleLatency.criteria);
    expect(merge(shard("workflow_submit"), { ...rest, criteria: [] }).criteria).toEqual([]);
    const none = rest.tables.map((table) => ({ ...table, rows: [] }));
    expect(merge(sampleLatency, { ...rest, tables: none, criteria: [] }).criteria).toHaveLength(2);
    expect(merge(sampleLatency, { ...incomplete, tables: none }).criteria).toEqual([]);
  });

  test("keeps what all parts say of a table once, and says whose the rest is", () => {
    const [table] = sampleLatency.tables;
    const said = (notes: string[], ...tools: string[]): Result => ({
      ...shard(...tools),
      tables: shard(...tools).tables.map((one) => ({ ...one, notes })),
    });
    const merged = merge(said(["both", "1 of 1"], "task_submit"), said(["both", "0 of 1"], "peer_connect"));
    expect(merged.tables[0]?.notes).toEqual(["both", "1.json: 1 of 1", "2.json: 0 of 1"]);
    expect(merge(sampleLatency, said(["nothing"])).tables[0]?.notes).toEqual(table?.notes ?? []);
  });

  test("takes lists for choices, of which all parts together made all", () => {
    const part = (tool: string, more: Result["options"]): Result => ({
      ...shard(tool),
      options: { rounds: 3, tool: [tool, "task_status"], ...more },
    });
    const [one, other] = [
      part("task_submit", { sweep: [], output: "a.json", verbose: true }),
      part("peer_connect", { sweep: [1, 2], output: "b.json", verbose: false }),
    ];
    expect(merge(one, other).options).toEqual({
      ...{ rounds: 3, sweep: [1, 2], output: "merged.json", verbose: true },
      tool: ["task_submit", "task_status", "peer_connect"],
    });
  });

  test("joins other machines with force only, and calls that suspect", () => {
    const elsewhere = { ...shard("peer_connect"), machine: { ...machine, cpu: "Other CPU", load_after: 9 } };
    const parts = [shard("task_submit"), elsewhere].map((result, n) => ({ name: `${n + 1}.json`, result }));
    expect(() => mergeResults(parts, "m.json", { force: false })).toThrow(
      /^Cannot merge "2.json" with "1.json": it ran on .*Other CPU, the other on .*Some CPU; --force/,
    );
    const merged = mergeResults(parts, "m.json", { force: true });
    expect(merged).toMatchObject({ validity: "suspect", machine: { cpu: "Some CPU", load_after: 9 } });
    expect(merged.audit.at(-1)).toMatchObject({ check: "one kind of machine", status: "suspect" });
  });

  test.each<[string, Partial<Result>, string]>([
    ["seed", { seed: 9 }, "seed is 9 there and 1 here"],
    [
      "commit",
      { versions: { ...versions, commit: "f00" } },
      'versions.commit is "f00" there and "0123456789abcdef" here',
    ],
    ["Bun", { versions: { ...versions, bun: "1.3.0" } }, 'versions.bun is "1.3.0" there and "1.4.5" here'],
    ["option", { options: { ...options, rounds: 5 } }, "options.rounds is 5 there and 3 here"],
    ["flag", { options: { ...options, quick: true } }, "options.quick is true there and false here"],
    [
      "list of what is none",
      { options: { ...options, rounds: [3] } },
      "options.rounds is [3] there and 3 here",
    ],
    [
      "column",
      {
        tables: sampleLatency.tables.map((table) => ({
          ...table,
          rows: [],
          columns: table.columns.slice(0, 3),
          charts: [],
        })),
      },
      'table "tools" has other columns there',
    ],
    [
      "target",
      {
        tables: shard().tables,
        criteria: sampleLatency.criteria.map((criterion) => ({ ...criterion, target: 60 })),
      },
      'both judge "saving" of {"runtime":"direct"}',
    ],
  ])("refuses another %s", (_, change, message) => {
    expect(() => merge(sampleLatency, { ...shard(), options, ...change })).toThrow(
      new UsageError(`Cannot merge "2.json" with "1.json": ${message}`),
    );
  });

  test("refuses the same row twice, the same verdict twice, another benchmark, and nothing at all", () => {
    expect(() => merge(shard("task_submit"), sampleLatency)).toThrow(
      'Cannot merge "2.json" with "1.json": both have the row (task_submit, direct) of table "tools"',
    );
    expect(() => merge(sampleComparison, { ...sampleComparison, tables: [] })).toThrow(
      'Cannot merge "2.json" with "1.json": both judge "general_not_slower" of {"workload":"mixed"}',
    );
    expect(() => merge(sampleLatency, sampleComparison)).toThrow(
      'benchmark is "runtime_comparison" there and "p2p_latency" here',
    );
    expect(() => merge()).toThrow(
      new UsageError("Cannot merge nothing: name the result files of the shards"),
    );
  });

  test("refuses figures that come to none", () => {
    const beyond = { estimate: 120, low: null, high: null, per_round: [120] };
    const tables = shard("task_submit").tables.map((table) => ({
      ...table,
      rows: table.rows.map((row) => ({ ...row, improvement_percent: beyond })),
    }));
    expect(() => merge({ ...sampleLatency, tables })).toThrow(
      'Cannot merge "1.json": table "tools", row 1 (task_submit, direct), column "improvement_percent": estimate does not fit: ',
    );
  });
});

const sorted = (table?: Pick<Table, "rows">) => table?.rows.map((row) => JSON.stringify(row)).sort() ?? [];

/** One part for each row, with all verdicts over rows, and the others in the first. */
function splitUp(result: Result): Result[] {
  const count = Math.max(1, ...result.tables.map(({ rows }) => rows.length));
  return Array.from({ length: count }, (_, n) => ({
    ...result,
    criteria: result.criteria.filter(({ over }) => over !== undefined || n === 0),
    tables: result.tables.map((table) => ({ ...table, rows: table.rows.slice(n, n + 1) })),
  }));
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    expect(error.message).toMatch(/^Cannot merge .*$/);
    return undefined;
  }
}
