import type { Changes } from "./mutation.ts";

/** Who is compared with whom, what is called in which order, and what is made of it. */
export const benchmarks: readonly Changes[] = [
  {
    file: "lib/benchmarks/runtime_comparison/ratios.ts",
    tests: ["comparison_judge"],
    changes: [
      {
        from: `ratioOf("general", of, own, reference)`,
        to: `ratioOf("p2p", of, own, reference)`,
        breaks: "general tools are judged with P2P ratios",
      },
      {
        from: `ratioOf("p2p", of, own, reference)`,
        to: `ratioOf("general", of, own, reference)`,
        breaks: "P2P tools are judged with general ratios",
      },
      {
        from: `one.round === round && one.said.runtime === reference`,
        to: `one.said.runtime === reference`,
        breaks: "a round is held against another one",
      },
      {
        from: `one.said.runtime === reference)`,
        to: `one.said.runtime === "direct")`,
        breaks: "savings are computed against direct",
      },
      {
        from: `Math.exp(mean(logs))`,
        to: `mean(logs.map(Math.exp))`,
        breaks: "slow tools weigh more in a ratio",
      },
      {
        from: `throughput(own) / throughput(reference) - 1`,
        to: `throughput(reference) / throughput(own) - 1`,
        breaks: "more calls are fewer",
      },
      {
        from: `if (name === reference) return null;`,
        to: ``,
        breaks: "the reference is held against itself",
      },
      {
        from: `load.tallies.filter((tally) => tally.group === group)`,
        to: `load.tallies`,
        breaks: "latencies of groups are those of all calls",
      },
    ],
  },
  {
    file: "lib/benchmarks/runtime_comparison/workload_table.ts",
    tests: ["comparison_judge"],
    changes: [
      {
        from: `server_cpu_percent: used(({ server }) => server.cpuPercent)`,
        to: `server_cpu_percent: used(({ client }) => client.cpuPercent)`,
        breaks: "the client's usage is told for both processes",
      },
      {
        from: `client_cpu_percent: used(({ client }) => client.cpuPercent)`,
        to: `client_cpu_percent: used(({ server }) => server.cpuPercent)`,
        breaks: "the server's usage is told for both processes",
      },
      {
        from: `if (row.runtime !== dual) return [];`,
        to: `if (row.runtime === dual) return [];`,
        breaks: "another arm than dual is judged",
      },
      {
        from: `saved, { noise, rule })`,
        to: `saved, { rule })`,
        breaks: "the control says nothing to the verdict",
      },
      {
        from: `one.runtime === controlOf(reference)`,
        to: `one.runtime === reference`,
        breaks: "the reference is taken for its control",
      },
      {
        from: `more && workload !== "sequential"`,
        to: `more`,
        breaks: "calls per second of one caller are judged",
      },
      {
        from: `Math.max(...usages.map(({ server }) => server.rssBytes))`,
        to: `Math.max(...usages.map(({ client }) => client.rssBytes))`,
        breaks: "the client's memory is told for the server's",
      },
      {
        from: `workload === "sequential" ? 1 : given.concurrency`,
        to: `given.concurrency`,
        breaks: "one caller is told for ten",
      },
    ],
  },
  {
    file: "lib/benchmarks/runtime_comparison/options.ts",
    tests: ["comparison_loads"],
    changes: [
      {
        from: `Math.max(fewestFor.p95, 20 * concurrency)`,
        to: `fewestFor.p95`,
        breaks: "a sweep tells how its last calls end, and not what callers do",
      },
    ],
  },
  {
    file: "lib/benchmarks/runtime_comparison/rate_table.ts",
    tests: ["comparison_judge"],
    changes: [
      {
        from: `(middleRatio(ratios) - 1) * 100`,
        to: `(mean(ratios) - 1) * 100`,
        breaks: "the tail weighs on the median call",
      },
      {
        from: `const its = other?.said.generalNs[n] ?? null;`,
        to: `const its = other?.said.generalNs.find((one) => one !== null) ?? null;`,
        breaks: "calls are held against another call",
      },
      {
        from: `ns === null || its === null ? []`,
        to: `ns === null ? []`,
        breaks: "what was not answered has a ratio",
      },
      { from: `bound: "at_most",`, to: `bound: "at_least",`, breaks: "slower is what is asked for" },
      {
        from: `excess(meanResponse)`,
        to: `excess((load, tool) => meanResponse(load, tool) && 1)`,
        breaks: "means are all alike",
      },
      {
        from: `own.reduce((sum, { said }) => sum + said.unsent, 0)`,
        to: `0`,
        breaks: "calls that were not sent are not told of",
      },
    ],
  },
  {
    file: "lib/benchmarks/runtime_comparison/sweep_table.ts",
    tests: ["comparison_judge"],
    changes: [
      { from: `percentile(0.95)`, to: `percentile(0.5)`, breaks: "the p95 of a sweep is its median" },
      {
        from: `Number(a.concurrency) - Number(b.concurrency)`,
        to: `a.concurrency < b.concurrency ? -1 : 1`,
        breaks: "10 stands before 2",
      },
    ],
  },
  {
    file: "lib/benchmarks/runtime_comparison/traffic_table.ts",
    tests: ["comparison_judge"],
    changes: [
      {
        from: `calls: latency.n + failed`,
        to: `calls: latency.n`,
        breaks: "calls that failed were not made",
      },
      {
        from: `      used = new Map();
      return`,
        to: `      return`,
        breaks: "the router's calls count for every workload after",
      },
      {
        from: `if (error === null) latency.record(ns);`,
        to: `if (error === null || ns > 0) latency.record(ns);`,
        breaks: "failed calls have a latency",
      },
    ],
  },
  {
    file: "lib/benchmarks/runtime_comparison/audit.ts",
    tests: ["comparison_judge"],
    changes: [
      {
        from: `return other && !Bun.deepEquals(callsOf(run.load), callsOf(other.load));`,
        to: `return other && false;`,
        breaks: "every runtime made the same calls, whatever it made",
      },
      {
        from: `round === run.round && said.runtime === given.reference`,
        to: `said.runtime === given.reference`,
        breaks: "calls are counted against another round",
      },
      {
        from: `in every load and sweep point", failing(0)`,
        to: `in every load and sweep point", []`,
        breaks: "a lost call is overlooked",
      },
      { from: `      failing(1),`, to: `      [],`, breaks: "Little's law always holds" },
      {
        from: `status: saturated.length === 0 ? "passed" : "suspect"`,
        to: `status: "passed"`,
        breaks: "answers always keep up",
      },
      { from: `    ...points,`, to: ``, breaks: "no point of a sweep is looked at" },
      {
        from: `said.kind === "load" && said.workload === workload`,
        to: `said.kind === "load"`,
        breaks: "a workload that was not run is not missed",
      },
    ],
  },
  {
    file: "lib/benchmarks/runtime_comparison/loads.ts",
    tests: ["comparison_loads"],
    changes: [
      {
        from: `{ ...how, cold: cold && how.cold }`,
        to: `{ ...how, cold: false }`,
        breaks: "nothing warms up before one call at a time",
      },
      {
        from: `subject.p2p.includes(testCase) ? "p2p" : "general"`,
        to: `subject.p2p.includes(testCase) ? "general" : "p2p"`,
        breaks: "P2P tools count for general ones",
      },
      {
        from: `client: meter.usage(\`\${workload} \${name}\`, process.pid),`,
        to: `client: meter.usage(\`\${workload} \${name}\`, serverPid),`,
        breaks: "the server's usage is told for the client's",
      },
      {
        from: `server: meter.usage(\`\${workload} \${name}\`, serverPid),`,
        to: `server: meter.usage(\`\${workload} \${name}\`, process.pid),`,
        breaks: "the client's usage is told for the server's",
      },
      {
        from: `if (isCold) for (const { caller } of all) await run(caller, first.slice(0, warmupCalls));`,
        to: ``,
        breaks: "nothing warms up before a load",
      },
      {
        from: `for (const { caller } of all) await run(caller, first.slice(0, warmupCalls));`,
        to: `for (const [n, { caller }] of all.entries()) loads[n]?.push(await run(caller, first.slice(0, warmupCalls)));`,
        breaks: "warming up counts among the figures",
      },
      {
        from: `for (const [n, order] of drawOrders(all.length, blocks.length, random).entries()) {`,
        to: `for (const [n, order] of blocks.map(() => [...all.keys()]).entries()) {`,
        breaks: "under load the same side is always first",
      },
      {
        from: `sides.random.shuffle(sides.given.sweep).entries()`,
        to: `sides.given.sweep.entries()`,
        breaks: "concurrencies always rise",
      },
      {
        from: `const [side, plan = []] = [all[index], blocks[n]];`,
        to: `const [side, plan = []] = [all[index], blocks[0]];`,
        breaks: "the first block is made over and over",
      },
      {
        from: `sides.all.slice(0, sides.given.runtimes.length)`,
        to: `sides.all`,
        breaks: "the control is swept too",
      },
      {
        from: `await turn();
    for (const index of order) {`,
        to: `for (const index of order) {`,
        breaks: "no other revision gets a turn between blocks",
      },
    ],
  },
  {
    file: "lib/benchmarks/runtime_comparison/rates.ts",
    tests: ["comparison_loads"],
    changes: [
      {
        from: `plan[n]?.group === "general"`,
        to: `plan[n]?.group === "p2p"`,
        breaks: "P2P calls are held against each other at equal rates",
      },
      {
        from: `stuck.length > loads.length / 2 ? stuck.slice(0, 1) : []`,
        to: `[]`,
        breaks: "no rate is ever too high",
      },
      {
        from: `for (const load of loads) lateness.merge(load.lateness);`,
        to: ``,
        breaks: "no call was ever late",
      },
      {
        from: `given.arrivals === "poisson" ? openRandom(given.seed, round, which, block) : null`,
        to: `openRandom(given.seed, round, which, block)`,
        breaks: "calls at fixed intervals arrive at random",
      },
      {
        from: `openRandom(given.seed, round, which, block)`,
        to: `openRandom(given.seed, index, which, block)`,
        breaks: "sides have schedules of their own",
      },
      {
        from: `plan = calls.filter(({ testCase }) => !testCase.exclusive)`,
        to: `plan = calls`,
        breaks: "calls that wait for each other are offered at a rate",
      },
      {
        from: `.filter(({ serverPid }) => serverPid !== process.pid)`,
        to: ``,
        breaks: "rates are offered to tools of this process",
      },
    ],
  },
  {
    file: "lib/benchmarks/runtime_comparison/sides.ts",
    tests: ["comparison_sides"],
    changes: [
      {
        from: `(runtime.route?.(subject.general[0]?.tool ?? "") ?? runtime).pid`,
        to: `runtime.pid`,
        breaks: "the serving process of dual is taken for the client's",
      },
      {
        from: `await compareAnswers(callers, [...subject.p2p, ...subject.general]);`,
        to: ``,
        breaks: "answers are not held against each other",
      },
      { from: `fallback: reference`, to: `fallback: "direct"`, breaks: "dual calls general tools directly" },
      {
        from: `runtime === dual ? router : hosts.get(runtime)`,
        to: `runtime === dual ? hosts.get("direct") : hosts.get(runtime)`,
        breaks: "dual is direct by another name",
      },
      {
        from: `all.push(open(controlOf(reference), hosts.get(reference)))`,
        to: `all.push(open(controlOf(reference), hosts.get("direct")))`,
        breaks: "the control takes another path than the reference",
      },
    ],
  },
  {
    file: "lib/benchmarks/runtime_comparison/workloads.ts",
    tests: ["workloads"],
    changes: [
      {
        from: `random.fraction() < share`,
        to: `random.fraction() > share`,
        breaks: "the shares of a mix change places",
      },
      {
        from: `return testCase.slow ? slowIterations : iterations;`,
        to: `return iterations;`,
        breaks: "tools that dial are called as often as others",
      },
      {
        from: `Math.floor((block * plan.length) / count)`,
        to: `block * blockCalls`,
        breaks: "the last block is a short one",
      },
      {
        from: `testCase: at(swept, n % swept.length),`,
        to: `testCase: at(swept, 0),`,
        breaks: "a sweep calls one tool alone",
      },
    ],
  },
  {
    file: "lib/benchmarks/p2p_latency/tools.ts",
    tests: ["judge_latency"],
    changes: [
      {
        from: `reference: blocks[at] ?? [],`,
        to: `reference: blocks[0] ?? [],`,
        breaks: "everything is held against the first runtime",
      },
      {
        from: `candidate: blocks[index] ?? [],`,
        to: `candidate: blocks.at(-1) ?? [],`,
        breaks: "the last runtime is held against the reference",
      },
      {
        from: `Map.groupBy(visits, ({ round }) => round)`,
        to: `Map.groupBy(visits, () => 0)`,
        breaks: "all rounds are one",
      },
      {
        from: `visit.blocks[arm] ?? []`,
        to: `visit.blocks[0] ?? []`,
        breaks: "samples of one runtime count for all",
      },
    ],
  },
  {
    file: "lib/benchmarks/p2p_latency/judge.ts",
    tests: ["judge_latency"],
    changes: [
      {
        from: `row && row.latency.n === samplesOf(tool, plan) * row.rounds ? []`,
        to: `row ? []`,
        breaks: "missing samples are overlooked",
      },
      {
        from: `comparedTo(runtimes, isWhole ? reference : null)`,
        to: `comparedTo(runtimes, reference)`,
        breaks: "some of the tools speak for all",
      },
      {
        from: `target, above: target + rangePoints }`,
        to: `target, above: target + 2 * rangePoints }`,
        breaks: "above the range is never told",
      },
      {
        from: `auditLatency(rows, found, plan, criteria[0]?.estimate ?? 0)`,
        to: `auditLatency(rows, found, plan, 1e6)`,
        breaks: "the control is always smaller than the effect",
      },
      {
        from: `known.length === 0 ? null : Math.max(...known)`,
        to: `known.length === 0 ? null : Math.min(...known)`,
        breaks: "a run stops at its narrowest interval",
      },
      {
        from: `control: "control_percent", status: "status" }`,
        to: `status: "status" }`,
        breaks: "the control says nothing to the verdicts",
      },
    ],
  },
  {
    file: "lib/benchmarks/p2p_latency/options.ts",
    tests: ["judge_latency"],
    changes: [
      {
        from: `if (iterations !== undefined) return iterations;`,
        to: ``,
        breaks: "the iterations that were asked for are not those made",
      },
      {
        from: `Math.min(usual.most, Math.max(usual.least, share))`,
        to: `usual.least`,
        breaks: "few tools are called no more than many",
      },
      {
        from: `if (own !== undefined) return own;`,
        to: ``,
        breaks: "a tool that dials is called for seconds",
      },
    ],
  },
  {
    file: "lib/benchmarks/concurrent_workflows/alone.ts",
    tests: ["workflow_judge"],
    changes: [
      {
        from: `.filter((one) => one.round === round)`,
        to: `.slice(0, 1)`,
        breaks: "every round is held against the first",
      },
      {
        from: `{ noise: noiseOf(control, "excess"), rule`,
        to: `{ rule`,
        breaks: "the control says nothing to the verdict",
      },
      {
        from: `(ms * endings.completed) / edges`,
        to: `ms / edges`,
        breaks: "what an edge adds hangs on how many workflows there were",
      },
      {
        from: `arm === reference ? null : compare(own, on(reference))`,
        to: `compare(own, on(reference))`,
        breaks: "the reference is held against itself",
      },
    ],
  },
  {
    file: "lib/benchmarks/concurrent_workflows/audit.ts",
    tests: ["workflow_judge"],
    changes: [
      {
        from: `measured.length === planned ? []`,
        to: `measured.length <= planned ? []`,
        breaks: "a load that was not run is not missed",
      },
      {
        from: `ended === accepted ? []`,
        to: `ended <= accepted ? []`,
        breaks: "a workflow that nobody found is not missed",
      },
      {
        from: `endings.failed + endings.cancelled > 0`,
        to: `endings.failed > 0`,
        breaks: "a cancelled workflow is none that failed",
      },
      { from: `wrong > 0 ? [`, to: `wrong > 1e9 ? [`, breaks: "a step that ran twice is none" },
      {
        from: `every round", unequal(loads))`,
        to: `every round", [])`,
        breaks: "workflows may leave anything",
      },
      {
        from: `status: late.length === 0 ? "passed" : "suspect"`,
        to: `status: "passed"`,
        breaks: "workflows always end in time",
      },
      {
        from: `issued = accepted + refused, in every load", failing(0)`,
        to: `issued = accepted + refused, in every load", []`,
        breaks: "a lost submission is overlooked",
      },
      {
        from: `within 5 %, in every load", failing(1)`,
        to: `within 5 %, in every load", []`,
        breaks: "Little's law always holds",
      },
      {
        from: `([code]) => code === "wrong_answer" || code === "internal"`,
        to: `([code]) => code === "internal"`,
        breaks: "a wrong answer to a submission is a refusal",
      },
    ],
  },
  {
    file: "lib/benchmarks/concurrent_workflows/judge.ts",
    tests: ["workflow_judge"],
    changes: [
      {
        from: `one.scenario === scenario && one.arm === arm`,
        to: `one.scenario === scenario`,
        breaks: "loads of one runtime count for another",
      },
      {
        from: `alone.filter((one) => one.scenario === scenario)`,
        to: `alone`,
        breaks: "all scenarios are one",
      },
    ],
  },
  {
    file: "lib/benchmarks/concurrent_workflows/loads.ts",
    tests: ["workflow_loads"],
    changes: [
      {
        from: `for (let n = 0; n < warmup; n++) for (const series of warm)`,
        to: `for (let n = 0; n < 0; n++) for (const series of warm)`,
        breaks: "nothing warms up before workflows are submitted",
      },
      {
        from: `open(caller, new OutcomeBook(0))`,
        to: `open(caller, arms.find((one) => one.caller === caller)?.book ?? new OutcomeBook(0))`,
        breaks: "warming up counts among the figures",
      },
      {
        from: `const orders = drawOrders(callers.length, Math.ceil(workflows.length / perVisit), random);`,
        to: `const orders = Array.from({ length: Math.ceil(workflows.length / perVisit) }, () => [...callers.keys()]);`,
        breaks: "the same runtime is always first",
      },
      {
        from: `openRandom(given.seed, scenarios.indexOf(scenario))`,
        to: `openRandom(given.seed, Math.random())`,
        breaks: "rounds submit other workflows",
      },
      {
        from: `server: meter.usage("load", serverPid),`,
        to: `server: meter.usage("load", clientPid),`,
        breaks: "the client's usage is told for both processes",
      },
      {
        from: `return { clientPid: process.pid, serverPid: runtime.pid };`,
        to: `return { clientPid: process.pid, serverPid: process.pid };`,
        breaks: "the client is taken for the process that serves",
      },
      {
        from: `if (endings.failed + endings.cancelled === 0 && endings.completed > 0) return;`,
        to: `if (endings.completed > 0) return;`,
        breaks: "a run goes on where workflows fail",
      },
      {
        from: `const metered = meter.during("load", () => ended.promise);`,
        to: `const metered = meter.during("load", async () => {});`,
        breaks: "usage is metered before anything runs",
      },
    ],
  },
  {
    file: "lib/benchmarks/concurrent_workflows/outcomes.ts",
    tests: ["workflow_judge", "submissions"],
    changes: [
      {
        from: `(endings.completed * 1e3) / (lastMs - firstMs)`,
        to: `(endings.completed * 1e3) / lastMs`,
        breaks: "the throughput counts from the epoch",
      },
      {
        from: `this.#last = Math.max(this.#last ?? 0, submittedMs + execution.completionMs);`,
        to: `this.#last = submittedMs + execution.completionMs;`,
        breaks: "the last workflow submitted is the last completed",
        tests: ["workflow_loads"],
      },
      {
        from: `this.#digest.update(JSON.stringify(outputs));`,
        to: ``,
        breaks: "what workflows leave is not looked at",
      },
      {
        from: `early.length + again.length > 0`,
        to: `early.length > 0`,
        breaks: "a step that ran twice is right",
      },
      {
        from: `"added", completionMs - criticalPathMs`,
        to: `"added", completionMs`,
        breaks: "what running takes is added twice",
        tests: ["workflow_loads"],
      },
      { from: `if (ms >= 0) this.#spans`, to: `this.#spans`, breaks: "a step too early stops the run" },
    ],
  },
  {
    file: "lib/benchmarks/concurrent_workflows/submissions.ts",
    tests: ["submissions"],
    changes: [
      {
        from: `expect: { workflow_id, status: "queued", step_count: steps.length },`,
        to: `expect: {},`,
        breaks: "any answer to a submission is right",
      },
      {
        from: `attempts.get(step_id) !== 1`,
        to: `attempts.get(step_id) === 0`,
        breaks: "a step that ran twice is right",
      },
      {
        from: `if (leftMs === 0) return cancel(call, workflow_id);`,
        to: `if (leftMs === 0) return;`,
        breaks: "a workflow that is late goes on",
      },
      {
        from: `error.includes(timedOut) ? "timeout" : "cancelled"`,
        to: `"cancelled"`,
        breaks: "a workflow that is late was cancelled by somebody",
      },
      {
        from: `if (alone) await settle(call, [workflow]);`,
        to: `if (!alone) await settle(call, [workflow]);`,
        breaks: "workflows that are to run alone run together",
        tests: ["workflow_loads"],
      },
    ],
  },
  {
    file: "lib/benchmarks/concurrent_workflows/sweep.ts",
    tests: ["workflow_judge"],
    changes: [
      { from: `percentile(0.95)`, to: `percentile(0.5)`, breaks: "the p95 of a sweep is its median" },
      {
        from: `findLast(({ concurrency }) => concurrency <= cores)`,
        to: `at(-1)`,
        breaks: "more in flight than there are cores must be linear",
      },
      {
        from: `const clientPercent = mean(own.map(({ client }) => client.cpuPercent));`,
        to: `const clientPercent = mean(own.map(({ server }) => server.cpuPercent));`,
        breaks: "the server's usage is told for both processes",
      },
    ],
  },
  {
    file: "lib/benchmarks/concurrent_workflows/together.ts",
    tests: ["workflow_judge"],
    changes: [
      {
        from: `server_cpu_percent: mean(used(({ server }) => server.cpuPercent))`,
        to: `server_cpu_percent: mean(used(({ client }) => client.cpuPercent))`,
        breaks: "the client's usage is told for both processes",
      },
      {
        from: `Math.max(...used(({ server }) => server.rssBytes))`,
        to: `Math.max(...used(({ client }) => client.rssBytes))`,
        breaks: "the client's memory is told for the server's",
      },
      { from: `refused: issued - service.n,`, to: `refused: 0,`, breaks: "nothing is ever refused" },
    ],
  },
  {
    file: "lib/benchmarks/memory_usage/baseline_table.ts",
    tests: ["memory_usage_judge"],
    changes: [
      {
        from: `one.turn.round === turn.round && one.stage === stage`,
        to: `one.stage === stage`,
        breaks: "memory is held against a reading of another round",
      },
      { from: `stages[n - 1]`, to: `stages[0]`, breaks: "a stage adds all that was before it" },
      {
        from: `(reading.rssBytes / other.rssBytes - 1) * 100`,
        to: `(other.rssBytes / reading.rssBytes - 1) * 100`,
        breaks: "the reference is what takes more",
      },
      {
        from: `where: { runtime: name, stage: "served" },`,
        to: `where: { runtime: name, stage: "bun" },`,
        breaks: "what is judged has not served yet",
      },
    ],
  },
  {
    file: "lib/benchmarks/memory_usage/leak_table.ts",
    tests: ["memory_usage_judge"],
    changes: [
      { from: `has("leak") ? "missed" :`, to: ``, breaks: "no leak is ever missed" },
      {
        from: `const unsure = blind || !all`,
        to: `const unsure = !all`,
        breaks: "who missed a known leak says that there is none",
      },
      { from: `blind || !all || has`, to: `blind || has`, breaks: "tools that were not tested do not leak" },
      {
        from: `return of(b) - of(a) || high(b) - high(a);`,
        to: `return high(b) - high(a);`,
        breaks: "a doubt is worse than a leak",
      },
    ],
  },
  {
    file: "lib/benchmarks/memory_usage/audit.ts",
    tests: ["memory_usage_judge"],
    changes: [
      {
        from: `subject === "canary" && verdict !== "leak"`,
        to: `subject === "canary" && verdict === "leak"`,
        breaks: "a known leak that is missed passes",
      },
      {
        from: `unsettled > mostUnsettled * taken && !silent.has(turn)`,
        to: `unsettled > taken`,
        breaks: "readings always settle",
      },
      {
        from: `count(kind) === number ? []`,
        to: `count(kind) <= number ? []`,
        breaks: "a test that was not run is not missed",
      },
      {
        from: `collected.every(({ logs }) => logs)`,
        to: `true`,
        breaks: "a process that logs nothing collects nothing",
      },
    ],
  },
  {
    file: "lib/benchmarks/memory_usage/collection_table.ts",
    tests: ["memory_usage_judge"],
    changes: [
      {
        from: `one.turn.round === run.turn.round && one.mode === "natural"`,
        to: `one.mode === "natural"`,
        breaks: "collecting is held against another round",
      },
      {
        from: `pauses.reduce((sum, ms) => sum + ms, 0)`,
        to: `pauses.reduce((sum, ms) => sum + 2 * ms, 0)`,
        breaks: "pauses count twice",
      },
      {
        from: `run.clearNs, ...run.overlappingNs`,
        to: `run.clearNs`,
        breaks: "calls into which a collection fell were not made",
      },
    ],
  },
  {
    file: "lib/benchmarks/memory_usage/request_table.ts",
    tests: ["memory_usage_judge"],
    changes: [
      {
        from: `seen.length === here.length && seen.length > 0`,
        to: `seen.length > 0`,
        breaks: "rounds that saw too little are left out",
      },
    ],
  },
  {
    file: "lib/benchmarks/memory_usage/plan.ts",
    tests: ["memory_usage_judge"],
    changes: [
      {
        from: `const first = round % runtimes.length;`,
        to: `const first = 0;`,
        breaks: "the same runtime is always first",
      },
      { from: `[...given.tool, canary, ...`, to: `[...given.tool, ...`, breaks: "no leak is known" },
      {
        from: `rounds ?? (test === "baseline" ? 8 : 3)`,
        to: `rounds ?? 3`,
        breaks: "a verdict rests on three rounds",
      },
    ],
  },
];
