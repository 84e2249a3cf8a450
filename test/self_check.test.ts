import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { coverageMerit } from "../lib/benchmarks/self_check/coverage.ts";
import { driftMerit } from "../lib/benchmarks/self_check/drift.ts";
import { familyMerit } from "../lib/benchmarks/self_check/false_alarms.ts";
import { faultsMerit } from "../lib/benchmarks/self_check/faults.ts";
import { judgeMerits, selfCheckOptions } from "../lib/benchmarks/self_check/judge.ts";
import { leaksMerit } from "../lib/benchmarks/self_check/leaks.ts";
import type { Measured, Merit } from "../lib/benchmarks/self_check/merit.ts";
import { shareOfWrk } from "../lib/benchmarks/self_check/of_wrk.ts";
import { samplesMerit } from "../lib/benchmarks/self_check/samples.ts";
import { requestsPerSecond } from "../lib/benchmarks/self_check/socket_client.ts";
import { type Interval, intervalOf } from "../lib/judge/interval.ts";
import { summarize } from "../lib/judge/stats.ts";
import { openCaller } from "../lib/measure/caller.ts";
import { runClosedLoop } from "../lib/measure/closed_loop.ts";
import { sample } from "../lib/measure/sample.ts";
import { readResult } from "../lib/result/result.ts";
import { runScript, temporaryFolder } from "./run_script.ts";

/** The figures of a merit, and which of them its verdicts call met. */
async function look(merit: Merit) {
  await using opened = new AsyncDisposableStack();
  const figures = await merit.measure({ full: false, seed: 1, opened });
  const given = selfCheckOptions.parse({ only: [merit.name] });
  const found = [{ job: { name: merit.name, given }, said: { figures, seconds: 1 }, atMs: 0 }];
  const met = judgeMerits(found, given).criteria.map(({ status }) => status === "met");
  return { figures, met };
}

describe("the merit of", () => {
  test("samples is met by ours, and missed by one that is left out or put out of order", async () => {
    expect((await look(samplesMerit())).met).toEqual([true, true]);
    const late = samplesMerit(async (runtime, count, testCase, now) => {
      using caller = openCaller(runtime, { ...(now && { now }) });
      const series = await caller.open(
        testCase ?? (await import("../lib/benchmarks/self_check/fake_runtime.ts")).echo,
      );
      return (await sample(Array.from({ length: count }, () => series))).toReversed();
    });
    expect((await look(late)).met).toEqual([false, true]);
  });

  test("percentiles is missed by ranks that are off by one", async () => {
    const offByOne: typeof summarize = (samples) => {
      const sorted = Float64Array.from(samples).sort();
      const [before = 0] = sorted.slice(Math.max(0, Math.ceil(sorted.length / 2) - 2));
      return { ...summarize(samples), p50_ms: before / 1e6 };
    };
    expect((await look(samplesMerit(undefined, offByOne))).met).toEqual([true, false]);
  });

  test("coverage is met by our intervals, and missed by ones that are too narrow by a fifth or too wide by half", async () => {
    const scaled =
      (by: number) =>
      (values: readonly number[]): Interval => {
        const { estimate, low, high, ...more } = intervalOf(values);
        const from = (bound: number | null) => (bound === null ? null : estimate + by * (bound - estimate));
        return { ...more, estimate, low: from(low), high: from(high) };
      };
    expect((await look(coverageMerit())).met).toEqual([true, true, true]);
    expect((await look(coverageMerit(scaled(0.8), 300))).met).toEqual([false, false, false]);
    expect((await look(coverageMerit(scaled(1.5), 300))).met).toEqual([false, false, false]);
  });

  test("a family is missed where each verdict is its own", async () => {
    expect((await look(familyMerit(undefined, 300))).met).toEqual([true]);
    const alone = familyMerit((table) => ({
      ...table,
      rows: table.rows.map((row) => {
        const { low, high } = intervalOf(Object(row.saved).per_round);
        return {
          ...row,
          status: low !== null && high !== null && (low > 50 || high < 50) ? "met" : "inconclusive",
        };
      }),
    }));
    expect((await look(alone)).met).toEqual([false]);
  });

  test("drift is missed where arms do not go back in turns", async () => {
    expect((await look(driftMerit())).met).toEqual([true]);
    const oneAfterAnother = driftMerit(async (callers, testCase, { count }) => {
      const blocks: number[][][] = [];
      for (const caller of callers) {
        const series = await caller.open(testCase);
        blocks.push([await sample(Array.from({ length: count }, () => series))]);
      }
      return blocks;
    });
    expect((await look(oneAfterAnother)).met).toEqual([false]);
  });

  test("faults is missed by a load that counts failures and goes on", async () => {
    expect((await look(faultsMerit())).met).toEqual([true]);
    const { echo } = await import("../lib/benchmarks/self_check/fake_runtime.ts");
    const plan = Array.from({ length: 1_500 }, () => ({ group: "any", testCase: echo }));
    const forgiving = faultsMerit([
      async (runtime) => {
        using caller = openCaller(runtime);
        await runClosedLoop({ caller, plan, concurrency: 4, onError: "count" });
      },
    ]);
    const { figures, met } = await look(forgiving);
    expect(met).toEqual([false]);
    expect(figures.faults_missed?.detail).toBe("2 of 3");
  });

  test("leaks is missed by a detector that always says no, one that always says yes, and a size that is off", async () => {
    const fake = (verdict: "leak" | "no leak", size: number) =>
      leaksMerit(async ({ work }) => (work === "truth" ? { bytes: 100 } : { bytes: size, verdict, ms: 1 }));
    expect((await look(fake("no leak", 100))).met).toEqual([false, true]);
    expect((await look(fake("leak", 100))).met).toEqual([true, false]);
    expect((await look(fake("leak", 120))).met).toEqual([false, false]);
  });
});

describe("a figure that misses", () => {
  const verdict = (measured: Measured) => {
    const given = selfCheckOptions.parse({ only: ["lateness"] });
    const figures = { lateness_p50: measured };
    const { criteria, tables } = judgeMerits(
      [{ job: { name: "lateness", given }, said: { figures, seconds: 1 }, atMs: 0 }],
      given,
    );
    return [criteria[0]?.status, tables[0]?.rows[0]?.status];
  };

  test("is beyond this machine where what it is made of misses too, to which it adds little, and stays in the table", () => {
    expect(verdict({ figure: 1e-3, bare: 1, detail: "a run" })).toEqual(["met", "met"]);
    expect(verdict({ figure: 1, bare: 1e-3, detail: "a run" })).toEqual(["missed", "missed"]);
    expect(verdict({ figure: 1, bare: 1, detail: "a run" })).toEqual(["inconclusive", "beyond this machine"]);
    expect(verdict({ figure: 2, bare: 1, detail: "a run" })).toEqual(["missed", "missed"]);
    expect(verdict({ figure: 1, detail: "a run" })).toEqual(["missed", "missed"]);
  });

  test("for want of what it is held against stays in the table, and is no criterion", async () => {
    await using opened = new AsyncDisposableStack();
    const measured = await shareOfWrk({ full: false, seed: 1, opened }, null);
    expect(measured.detail).toBe("there is no wrk here to hold it against");
    expect(verdict(measured)).toEqual([undefined, "not measured"]);
  });
});

describe("the client on bare sockets", () => {
  const body = "hello";
  const request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  const count = async (listener: { readonly port: number | undefined }, seconds: number) =>
    requestsPerSecond({ port: listener.port ?? 0, request, sockets: 2, seconds });
  /** Answers each request with these pieces, one after another turn. */
  const serve = (...pieces: string[]) => {
    const state = { requests: 0 };
    const listener = Bun.listen({
      ...{ hostname: "127.0.0.1", port: 0 },
      socket: {
        async data(socket) {
          state.requests += 1;
          for (const piece of pieces) {
            socket.write(piece);
            socket.flush();
            await new Promise((resolve) => setImmediate(resolve));
          }
        },
      },
    });
    return { port: listener.port, state, [Symbol.dispose]: () => listener.stop(true) };
  };
  const head = (status: string, length = body.length) =>
    `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n\r\n`;

  test("counts the requests that a server answered, each once, whatever pieces the answers come in", async () => {
    for (const pieces of [
      [head("200 OK") + body],
      ["HTTP/1.1 2", "00 OK\r\nContent-Le", "ngth: 5\r\n\r", "\nhel", "lo"],
    ]) {
      using server = serve(...pieces);
      const seconds = 0.05;
      const rate = await count(server, seconds);
      expect(rate).toBeGreaterThan(0);
      expect(Math.round(rate * seconds)).toBe(server.state.requests);
    }
  });

  test("refuses to count on when the server closes the connection", async () => {
    using server = Bun.listen({
      ...{
        hostname: "127.0.0.1",
        port: 0,
        socket: { data: (socket) => void socket.end(head("200 OK") + body) },
      },
    });
    await expect(count(server, 5)).rejects.toThrow("Cannot count answers: the server closed the connection");
  });

  test.each([
    ["another status", head("500 No") + body],
    ["no length", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello"],
  ])("refuses to count an answer with %s", async (_, answer) => {
    using server = serve(answer);
    await expect(count(server, 0.05)).rejects.toThrow(/^Cannot count the answer "HTTP/);
  });
});

describe("self_check", () => {
  test("prints a table of what was asked and measured, and writes it", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "self_check.json");
    const { stdout, stderr, code } = await runScript(
      "self_check",
      "--only",
      "samples",
      "--only",
      "faults",
      "--check",
      "--output",
      output,
    );
    expect([stderr, code]).toEqual(["", 0]);
    expect(stdout).toContain("wrong_samples");
    const { tables, validity } = readResult(output);
    expect(validity).toBe("valid");
    expect(tables[0]?.rows.map(({ merit, status }) => [merit, status])).toEqual([
      ["wrong_samples", "met"],
      ["wrong_percentiles", "met"],
      ["faults_missed", "met"],
    ]);
  });

  test("refuses a merit that is not there, and names the nearest", async () => {
    const { stderr, code } = await runScript("self_check", "--only", "coverages");
    expect([stderr.trim(), code]).toEqual([
      'Cannot take --only: there is no "coverages", the nearest is "coverage"',
      2,
    ]);
  });
});
