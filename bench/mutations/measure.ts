import type { Changes } from "./mutation.ts";

/** How samples are taken. */
export const measure: readonly Changes[] = [
  {
    file: "lib/case.ts",
    tests: ["caller"],
    changes: [
      {
        from: `Bun.deepMatch(due, answer) && !confesses`,
        to: `!confesses`,
        breaks: "any answer is the one due",
      },
      {
        from: `Bun.deepMatch(due, answer) && !confesses`,
        to: `Bun.deepMatch(due, answer)`,
        breaks: "an answer that says it failed is a sample",
      },
    ],
  },
  {
    file: "lib/measure/caller.ts",
    tests: ["caller"],
    changes: [
      {
        from: `if (astray) throw cannotMeasure(tool, runtime, astray);`,
        to: ``,
        breaks: "a call that took another path is a sample",
      },
      {
        from: `{ ...trial.expect, ...trial.alone }`,
        to: `trial.expect`,
        breaks: "what holds of a call alone is not looked at",
      },
      {
        from: `if (fault) throw cannotMeasure(tool, runtime, fault.what, fault.cause);`,
        to: ``,
        breaks: "a failed call is a sample",
      },
      {
        from: `const homeOf = (tool: string) => runtime.route?.(tool) ?? runtime;`,
        to: `const homeOf = (_: string) => runtime;`,
        breaks: "a router vouches for what it did not do",
      },
      {
        from: `await trial.restore?.();`,
        to: ``,
        breaks: "nothing is put back after a sample",
        tests: ["caller"],
      },
      {
        from: `if (astray) throw new MeasurementError(\`Cannot measure \${runtime.name}: \${astray}\`);`,
        to: ``,
        breaks: "counters that do not fit are overlooked",
      },
      {
        from: `throw cannotMeasure(tool, runtime, \`"\${other}" before or after it: \${what}\`, ending.error);`,
        to: `return {};`,
        breaks: "a call that prepares may fail",
      },
    ],
  },
  {
    file: "lib/measure/calls.ts",
    tests: ["load", "caller"],
    changes: [
      {
        from: `if (outcome && endNs - startNs < timeoutNs) resolve`,
        to: `if (outcome) resolve`,
        breaks: "a call over the time-out is a sample",
      },
      {
        from: `area += underWay.length * (ns - changedNs);`,
        to: `area += ns - changedNs;`,
        breaks: "one call is in flight at any load",
      },
    ],
  },
  {
    file: "lib/measure/proof.ts",
    tests: ["caller"],
    changes: [
      {
        from: `reply.runtime !== name || reply.pid !== pid`,
        to: `reply.runtime !== name`,
        breaks: "a reply of another process is taken",
      },
      {
        from: `reply.runtime !== name || reply.pid !== pid`,
        to: `reply.pid !== pid`,
        breaks: "a reply of another runtime is taken",
      },
      {
        from: `span === issued && each`,
        to: `span === issued`,
        breaks: "a counter that stands still is a proof",
      },
      {
        from: `span >= replies && span <= issued`,
        to: `true`,
        breaks: "once a call has failed all counters fit",
      },
    ],
  },
  {
    file: "lib/measure/sample.ts",
    tests: ["sample"],
    changes: [
      {
        from: `const inOrder = times.slice(1);`,
        to: `const inOrder = times.slice(0, -1);`,
        breaks: "the first call is a sample and the last is none",
      },
      {
        from: `batch_threshold: -1,
    batch_samples: 1,`,
        to: `batch_threshold: 65536,
    batch_samples: 4096,`,
        breaks: "fast calls are averaged in batches",
        survives: "equivalent: what warming up shows decides on batches, and there is none",
      },
      {
        from: `samples_threshold: Number.POSITIVE_INFINITY,`,
        to: `samples_threshold: 12,`,
        breaks: "the fastest and slowest samples are dropped",
      },
      { from: `stopwatch += ns;`, to: `stopwatch += 1;`, breaks: "the samples checked are not the times" },
    ],
  },
  {
    file: "lib/measure/turns.ts",
    tests: ["turns"],
    changes: [
      { from: `...order.toReversed().map`, to: `...order.map`, breaks: "turns go ABAB" },
      {
        from: `if (arm !== turns[0]?.arm) await one.attempt();`,
        to: `if (arm < 0) await one.attempt();`,
        breaks: "one arm had a call more than the others",
      },
      {
        from: `blocks.filter((one) => one.arm === arm)`,
        to: `blocks.filter((one) => one.arm <= arm)`,
        breaks: "blocks of one arm count for another",
      },
    ],
  },
  {
    file: "lib/measure/visit.ts",
    tests: ["visit"],
    changes: [
      {
        from: `if (cold && !testCase.slow) await warmUp`,
        to: `if (!cold && !testCase.slow) await warmUp`,
        breaks: "nothing warms up before its first visit",
      },
      {
        from: `if (cold && !testCase.slow) await warmUp(series, Math.min(warmup.maxCalls, 2 * count));`,
        to: ``,
        breaks: "nothing warms up",
      },
      {
        from: `for (const one of series) await one.close();`,
        to: ``,
        breaks: "what a case opened stays open",
      },
    ],
  },
  {
    file: "lib/measure/plan_visits.ts",
    tests: ["plan_visits"],
    changes: [
      {
        from: `of random.shuffle(plans)`,
        to: `of plans`,
        breaks: "tools are called in the same order in every visit",
      },
      {
        from: `drawOrders(arms, Math.ceil(of.samples / perVisit), random)`,
        to: `Array.from({ length: Math.ceil(of.samples / perVisit) }, () => [...Array(arms).keys()])`,
        breaks: "one call at a time, the same side is always first",
      },
      {
        from: `Math.min(perVisit, of.samples - n * perVisit)`,
        to: `perVisit`,
        breaks: "more samples are taken than asked for",
      },
      { from: `cold: n === 0`, to: `cold: false`, breaks: "nothing warms up" },
    ],
  },
  {
    file: "lib/measure/orders.ts",
    tests: ["visit"],
    changes: [
      {
        from: `const drawn = random.shuffle(indices);`,
        to: `const drawn = indices;`,
        breaks: "orders are rotations of one",
      },
      {
        from: `for (const by of random.shuffle(indices)) orders.push([...drawn.slice(by), ...drawn.slice(0, by)]);`,
        to: `orders.push(drawn);`,
        breaks: "arms are first as it happens",
      },
    ],
  },
  {
    file: "lib/random.ts",
    tests: ["visit", "workloads"],
    changes: [
      { from: `Bun.hash.crc32(seeds.join())`, to: `Bun.hash.crc32("")`, breaks: "no seed changes anything" },
      { from: `seeds.join()`, to: `String(seeds[0])`, breaks: "every round has the order of the first" },
    ],
  },
  {
    file: "lib/measure/compare_answers.ts",
    tests: ["visit"],
    changes: [
      {
        from: `!Bun.deepEquals(answer, due?.answer, true)`,
        to: `!Bun.deepEquals(answer, answer, true)`,
        breaks: "unlike answers pass for equal",
      },
      {
        from: `varies.includes(key) && (`,
        to: `(key === "" || varies.includes(key)) && (`,
        breaks: "the whole of a text or number may differ",
      },
    ],
  },
  {
    file: "lib/measure/closed_loop.ts",
    tests: ["load"],
    changes: [
      {
        from: `Array.from({ length: options.concurrency }, caller)`,
        to: `Array.from({ length: 1 }, caller)`,
        breaks: "one caller at any concurrency",
      },
      {
        from: `if (silent > options.concurrency) throw`,
        to: `if (silent < 0) throw`,
        breaks: "a load of which nothing is answered goes on",
      },
      { from: `if (run.halted) return;`, to: ``, breaks: "calls go on after the end" },
      { from: `if (turn) await turn;`, to: ``, breaks: "timers never get a turn" },
    ],
  },
  {
    file: "lib/measure/load.ts",
    tests: ["load"],
    changes: [
      {
        from: `started ??= { area: area(), ns: now() };`,
        to: `started = { area: area(), ns: now() };`,
        breaks: "a load lasts as long as its last call",
      },
      {
        from: `if (intendedNs !== undefined) tally.response.record(endNs - intendedNs);`,
        to: `if (intendedNs !== undefined) tally.response.record(endNs - startNs);`,
        breaks: "waiting for the start is not told",
        tests: ["open_loop"],
      },
      {
        from: `tally.failed.set(fault.code, (tally.failed.get(fault.code) ?? 0) + 1);`,
        to: `tally.service.record(endNs - startNs);`,
        breaks: "failed calls count as fast ones",
      },
      { from: `if (trial.restore) await trial.restore();`, to: ``, breaks: "a load leaves what it changed" },
      {
        from: `one.series === series && one.tally.group === group`,
        to: `one.series === series`,
        breaks: "calls of one group count for another",
      },
    ],
  },
  {
    file: "lib/measure/open_loop.ts",
    tests: ["open_loop"],
    changes: [
      {
        from: `await trials.filled;`,
        to: ``,
        breaks: "calls are prepared while others are timed",
      },
      {
        from: `lateness.record(startNs - beginNs - offsetNs);`,
        to: `lateness.record(0);`,
        breaks: "no call was ever late",
      },
      {
        from: `responsesNs[nth] = endNs - beginNs - offsetNs`,
        to: `responsesNs[nth] = endNs - startNs`,
        breaks: "responses count from the real start",
      },
      {
        from: `if (behind > tolerance) return`,
        to: `if (behind > 1e9) return`,
        breaks: "a client that falls behind is not told of",
      },
      {
        from: `if (left > tolerance * rate) return`,
        to: `if (left > 1e9) return`,
        breaks: "a server that falls behind is not told of",
      },
      {
        from: `unsent: plan.length - sent,`,
        to: `unsent: 0,`,
        breaks: "calls that were not sent are not told of",
      },
      {
        from: `offeredPerSecond: (sent * 1e9) / scheduledNs,`,
        to: `offeredPerSecond: rate,`,
        breaks: "the rate that was asked for is told, not that which was offered",
      },
    ],
  },
  {
    file: "lib/measure/tally.ts",
    tests: ["load"],
    changes: [
      {
        from: `return (pool(tallies).ok * 1e3) / elapsedMs;`,
        to: `return (tallies.length * 1e3) / elapsedMs;`,
        breaks: "throughput counts tools",
      },
      {
        from: `ok + failures === load.issued ? []`,
        to: `ok <= load.issued ? []`,
        breaks: "a lost call is overlooked",
      },
      {
        from: `Math.abs(load.meanInFlight / due - 1) <= 0.05`,
        to: `load.meanInFlight / due - 1 <= 0.05`,
        breaks: "Little's law is broken by too few calls in flight",
      },
      {
        from: `meanInFlight: sum((load) => load.meanInFlight * load.elapsedMs) / elapsedMs,`,
        to: `meanInFlight: sum((load) => load.meanInFlight) / loads.length,`,
        breaks: "short loads weigh as much as long ones",
      },
      { from: `\`\${group} \${tool}\``, to: `tool`, breaks: "groups of the same tool are joined" },
      {
        from: `(service.sumNs / 1e6 + load.failedMs) / load.elapsedMs`,
        to: `service.sumNs / 1e6 / load.elapsedMs`,
        breaks: "failed calls took no time",
      },
    ],
  },
  {
    file: "lib/measure/meter.ts",
    tests: ["meter"],
    changes: [
      {
        from: `usage(account, pid) {
      const sum = sums.get(\`\${account} \${pid}\`);`,
        to: `usage(account, pid) {
      const sum = sums.get(\`\${account} \${pid}\`) ?? sums.values().next().value;`,
        breaks: "one process is told for another",
      },
      {
        from: `Math.max(sum.rssBytes, rssBytes)`,
        to: `rssBytes`,
        breaks: "the last memory is told for the most",
      },
      { from: `before.stats.get(pid)?.cpuMs ?? cpuMs`, to: `0`, breaks: "all time since the start counts" },
      {
        from: `if (!stat) throw ended(pid);`,
        to: `if (!stat) continue;`,
        breaks: "a process that has ended used nothing",
      },
    ],
  },
  {
    file: "lib/measure/process_stat.ts",
    tests: ["meter"],
    changes: [
      {
        from: `((user + system) * 1e3) / ticksPerSecond`,
        to: `(user * 1e3) / ticksPerSecond / 2`,
        breaks: "half of the processor time is told",
      },
      {
        from: `if (!fields || fields[0] === "Z") return null;`,
        to: `if (!fields) return null;`,
        breaks: "a process that has ended is one that runs",
      },
    ],
  },
  {
    file: "lib/measure/memory_limit.ts",
    tests: ["memory_limit"],
    changes: [
      {
        from: `if (stat.rssBytes <= maxBytes) return;`,
        to: `if (stat.rssBytes <= 2 ** 50) return;`,
        breaks: "nothing is too much memory",
      },
      {
        from: `process.kill(pid, "SIGKILL");`,
        to: `process.kill(pid, "SIGCONT");`,
        breaks: "what grew too much goes on",
      },
    ],
  },
  {
    file: "lib/measure/noise.ts",
    tests: ["pin"],
    changes: [
      {
        from: `const since = (of: (counters: Counters) => number) => of(after) - of(before);`,
        to: `const since = (of: (counters: Counters) => number) => of(after);`,
        breaks: "noise counts from the start of the machine",
      },
      { from: `counters.waitedMs += waited / 1e6;`, to: ``, breaks: "nobody waits for a core" },
      {
        from: `coreMs: elapsedMs * cores.length,`,
        to: `coreMs: elapsedMs,`,
        breaks: "two cores count as one",
      },
    ],
  },
  {
    file: "lib/measure/pin.ts",
    tests: ["pin"],
    changes: [
      {
        from: `const there = mode === "apart" ? (second ?? first) : first;`,
        to: `const there = first;`,
        breaks: "what is to be apart shares a core",
      },
      {
        from: `bind(pid, before);`,
        to: `bind(pid, allowedCores());`,
        breaks: "what was pinned for a while stays so",
      },
    ],
  },
  {
    file: "lib/measure/cores.ts",
    tests: ["pin"],
    changes: [
      {
        from: `affinity?.set(tid, mask) !== 0`,
        to: `affinity?.set(tid, mask) === 1`,
        breaks: "threads that stay where they are are not told of",
      },
      {
        from: `threads.filter((tid)`,
        to: `threads.slice(0, 1).filter((tid)`,
        breaks: "the main thread alone is bound",
      },
    ],
  },
  {
    file: "lib/measure/gc_log.ts",
    tests: ["gc_log"],
    changes: [
      {
        from: `pausesMs.splice(0, pausesMs.length, cycleMs + Number(sweep))`,
        to: `pausesMs.push(cycleMs + Number(sweep))`,
        breaks: "pauses are counted twice",
      },
      {
        from: `kind === "Full" ? "full" : "eden"`,
        to: `kind === "Full" ? "eden" : "full"`,
        breaks: "kinds of collections change places",
      },
      {
        from: `      allocatedBytes = null;
    }`,
        to: `    }`,
        breaks: "what was allocated counts for two collections",
      },
    ],
  },
  {
    file: "lib/measure/run_leak_test.ts",
    tests: ["leak"],
    changes: [
      {
        from: `if (test.verdict.verdict === "leak") test = await look(confirmCalls);`,
        to: ``,
        breaks: "a cache that fills is a leak",
        test: "calls nothing a leak",
      },
      {
        from: `stretch(control, count / calls)`,
        to: `control`,
        breaks: "readings weigh as much in ten times the calls",
        test: "a leak test",
      },
      {
        from: `const more = Math.min(mostCalls, test.verdict.needed_calls ?? 0);`,
        to: `const more = 0;`,
        breaks: "too few calls are never followed by more",
        test: "goes on",
      },
    ],
  },
  {
    file: "lib/measure/wire.ts",
    tests: ["wire"],
    changes: [
      { from: `sent += length;`, to: `received += length;`, breaks: "what is sent counts as received" },
      {
        from: `sent += Buffer.byteLength(chunk);`,
        to: `sent += 1;`,
        breaks: "what goes through pipes is not counted",
      },
    ],
  },
  {
    file: "lib/stopping.ts",
    tests: ["stopping"],
    changes: [
      {
        from: `halfWidth !== null && halfWidth <= precision ? [] : [part]`,
        to: `halfWidth === null || halfWidth <= precision ? [] : [part]`,
        breaks: "a run stops where nothing is known",
      },
      {
        from: `export const fewestRounds = 8;`,
        to: `export const fewestRounds = 3;`,
        breaks: "three rounds are enough",
      },
      {
        from: `yield* jobs(round + n, open);`,
        to: `yield* jobs(round + n, null);`,
        breaks: "what is narrow is measured on",
      },
      {
        from: `|| spent() + step * perRound > budget) return;`,
        to: `|| spent() > budget) return;`,
        breaks: "the budget is overspent",
      },
      {
        from: `if (needed > budget * slack)`,
        to: `if (needed > budget * 1e9)`,
        breaks: "a budget that is too small is no fault",
      },
    ],
  },
];
