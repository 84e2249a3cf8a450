import type { Changes } from "./mutation.ts";

/** How runs and processes end, and what is kept safe. */
export const processes: readonly Changes[] = [
  {
    file: "lib/command.ts",
    tests: ["command"],
    changes: [
      { from: `if (validity === "invalid") return 3;`, to: ``, breaks: "an invalid run passes" },
      { from: `if (check && has("missed")) return 1;`, to: ``, breaks: "a miss passes" },
      {
        from: `return check && unsure ? 1 : 0;`,
        to: `return 0;`,
        breaks: "a doubt passes where every criterion is to be met",
      },
      {
        from: `validity === "suspect" || criteria.length === 0`,
        to: `criteria.length === 0`,
        breaks: "a suspect run is sure",
      },
      {
        from: `    console.error(error);
    process.exit(3);`,
        to: `    console.error(error);
    process.exit(0);`,
        breaks: "a fault of ours exits with 0",
        tests: ["experiment"],
        test: "cannot be judged|fault of ours when it throws",
      },
      {
        from: `instanceof ToolError) return end(error.message, 3)`,
        to: `instanceof ToolError) return end(error.message, 0)`,
        breaks: "a failed measurement exits with 0",
        tests: ["experiment"],
        test: "has one line for|first job that fails",
      },
      {
        from: `console.error(toLine(hideSecrets(message)));`,
        to: `console.error(toLine(message));`,
        breaks: "an error tells a secret",
      },
    ],
  },
  {
    file: "lib/conduct.ts",
    tests: ["experiment"],
    changes: [
      {
        from: `if (!lost) return exitCode(result, given);`,
        to: `return exitCode(result, given);`,
        breaks: "a result that nobody could keep is fine",
        test: "cannot be written any more",
      },
      {
        from: `const audit = [...own, ...auditNoise(noise), auditStrays(strays)];`,
        to: `const audit = [...own, ...auditNoise(noise)];`,
        breaks: "what was thrown outside of calls is not told",
        test: "is suspect when",
      },
      {
        from: `const result = sumUp(false);
      lost`,
        to: `const result = sumUp(true);
      lost`,
        breaks: "a run that failed is complete",
        test: "first job that fails",
      },
      {
        from: `writeResult(given.output, sumUp(false));
    let`,
        to: `let`,
        breaks: "an earlier result is taken for this one's",
        test: "leaves no earlier result",
      },
    ],
  },
  {
    file: "lib/job.ts",
    tests: ["experiment"],
    changes: [
      {
        from: `    console.error(error);
    process.exit(1);`,
        to: `    console.error(error);
    return;`,
        breaks: "a fault of ours in a job is none",
        test: "meets a fault of ours",
      },
      {
        from: `if (error instanceof UsageError) return say({ kind: "failed", by: "user", message });`,
        to: ``,
        breaks: "a fault of the user is one of ours",
        test: "fault of its user",
      },
      {
        from: `await using _ = { [Symbol.asyncDispose]: close };`,
        to: ``,
        breaks: "what a job opened stays open",
        test: "cannot close what it opened",
      },
    ],
  },
  {
    file: "lib/jobs.ts",
    tests: ["experiment"],
    changes: [
      {
        from: `if (next.done) break;`,
        to: `if (next.done) return;`,
        breaks: "a job that died has done its work",
        test: "job that dies|exits as if",
      },
      {
        from: `      .finally(save)
`,
        to: ``,
        breaks: "what a job found is not kept",
        test: "first job that fails",
      },
      {
        from: `else if (told.kind === "failed") throw failureOf(told);`,
        to: `else if (told.kind === "failed") return;`,
        breaks: "a job that failed has done its work",
        test: "first job that fails",
      },
      {
        from: `if (!next) throw new MeasurementError(silence(child.pid, silenceMs, last));`,
        to: `if (!next) return;`,
        breaks: "a job that hangs has done its work",
        test: "no sign of life",
      },
      {
        from: `  await Promise.all(running.keys());
  signal.throwIfAborted();
  failure.signal.throwIfAborted();`,
        to: `  await Promise.all(running.keys());
  signal.throwIfAborted();`,
        breaks: "a failure of a job is forgotten",
        test: "first job that fails",
      },
      {
        from: `Math.min(most, ...running.values())`,
        to: `most`,
        breaks: "a job that is to be alone is not",
        test: "side by side",
      },
    ],
  },
  {
    file: "lib/child.ts",
    tests: ["child"],
    changes: [
      {
        from: `const kill = setTimeout(() => child.kill("SIGKILL"), graceMs);`,
        to: `const kill = setTimeout(() => child.disconnect(), graceMs);`,
        breaks: "a child that ignores its end is not killed",
        test: "deaf",
      },
      {
        from: `if (answer === null) throw new Error(\`it has not answered`,
        to: `if (answer === null) throw new RangeError(\`it will answer`,
        breaks: "a child that is silent is told otherwise",
        test: "answer in time",
      },
      {
        from: `if (answer.done) throw new Error(\`it ended with exit code \${await child.exited}\`);`,
        to: `if (answer.done) throw new Error("it ended with exit code 0");`,
        breaks: "a child's exit code is ignored",
        test: "dies when it is asked",
      },
      {
        from: `const exitCode = first === null ? null : await child.exited;`,
        to: `const exitCode = first === null ? null : 0;`,
        breaks: "the exit code of a child that did not start is ignored",
        test: "before it is ready",
      },
      {
        from: `setTimeout(() => isOrphan() && process.exit(1), orphanMs).unref();`,
        to: ``,
        breaks: "a child whose parent was killed lives on for seconds",
        test: "waits for something else",
      },
      {
        from: `process.on("SIGINT", () => {});`,
        to: ``,
        breaks: "Ctrl-C takes the children first",
        test: "Ctrl-C",
      },
      {
        from: `    told.end();
    resolve();`,
        to: `    resolve();`,
        breaks: "a child does not hear that its parent has ended",
        test: "closed, at once|parent is killed",
      },
      {
        from: `for (let part = 0; part < parts; part++) {`,
        to: `for (let part = 0; part < 1; part++) {`,
        breaks: "a silence is given up after a part of it",
        test: "stood still",
      },
    ],
  },
  {
    file: "lib/mailbox.ts",
    tests: ["child"],
    changes: [
      {
        from: `kept.shift()`,
        to: `kept.pop()`,
        breaks: "the last message is heard first",
        test: "a mailbox",
      },
      {
        from: `      give({ value: undefined, done: true });
    },`,
        to: `    },`,
        breaks: "who waits for a message waits for ever",
        test: "a mailbox",
      },
    ],
  },
  {
    file: "lib/process_group.ts",
    tests: ["process_group"],
    changes: [
      {
        from: `    signalGroup(pid, "SIGKILL");
    await exited;`,
        to: `    await exited;`,
        breaks: "a deaf command is waited for without end",
        test: "however deaf",
      },
      {
        from: `const kill = \`read -r _; kill -s KILL -- -\${pid}\`;`,
        to: `const kill = \`read -r _; kill -s KILL \${pid}\`;`,
        breaks: "what a command has started outlives a run that is killed",
        test: "is killed with all",
      },
      {
        from: `printed.length === mostKept ? printed.slice(printed.indexOf("\\n") + 1 || mostKept) : printed;`,
        to: `printed;`,
        breaks: "half of a secret is told",
        test: "tells none",
      },
    ],
  },
  {
    file: "lib/processes.ts",
    tests: ["process_group"],
    changes: [
      {
        from: `"ZX".includes(state)`,
        to: `"X" === state`,
        breaks: "what has ended is a process",
        test: "have ended",
      },
      {
        from: `state === "0A" ? [inode]`,
        to: `state !== "" ? [inode]`,
        breaks: "who is connected to a port listens on it",
        survives: "equivalent but for a connection that was given to another process",
        test: "listens on a port",
      },
    ],
  },
  {
    file: "lib/temporary_folder.ts",
    tests: ["temporary_folder"],
    changes: [
      {
        from: `pid !== undefined && !isAlive(Number(pid))`,
        to: `pid !== undefined`,
        breaks: "folders of others that run are removed",
      },
      {
        from: `return { path, [Symbol.asyncDispose]: () => remove(path) };`,
        to: `return { path, [Symbol.asyncDispose]: async () => {} };`,
        breaks: "folders are left behind",
      },
    ],
  },
  {
    file: "lib/provenance.ts",
    tests: ["provenance"],
    changes: [
      {
        from: `"--dirty", `,
        to: ``,
        breaks: "a changed tree passes for its commit",
        tests: ["provenance"],
        test: "changed",
      },
      {
        from: `pinned: availableParallelism() < cpus().length,`,
        to: `pinned: false,`,
        breaks: "a run that was bound says it was not",
        test: "bound",
      },
    ],
  },
  {
    file: "lib/witnesses.ts",
    tests: ["witnesses"],
    changes: [
      {
        from: `others + stolen > mostOthersPercent ? "suspect" : "passed"`,
        to: `"passed"`,
        breaks: "a run always has its cores to itself",
      },
      {
        from: `others + stolen > mostOthersPercent`,
        to: `others > mostOthersPercent`,
        breaks: "what the host takes disturbs nobody",
      },
      {
        from: `total(({ busyMs }) => busyMs) - ran, core)`,
        to: `total(({ busyMs }) => busyMs), core)`,
        breaks: "the run disturbs itself",
      },
      {
        from: `status: refused > 0 ? "suspect" : "passed",`,
        to: `status: "passed",`,
        breaks: "threads that stayed are not told of",
      },
    ],
  },
  {
    file: "lib/secret.ts",
    tests: ["broker_options", "brought"],
    changes: [
      {
        from: `return undefined;`,
        to: `return this.#text;`,
        breaks: "a result file holds a secret",
        tests: ["broker_options"],
      },
      {
        from: `.sort((a, b) => b.length - a.length)`,
        to: ``,
        breaks: "a part of a secret is left over",
        tests: ["broker_options"],
        test: "part of",
      },
    ],
  },
  {
    file: "lib/runtimes/requests.ts",
    tests: ["server"],
    changes: [
      {
        from: `createHash("sha256").update(text).digest()`,
        to: `createHash("sha256").update(text.slice(0, 4)).digest()`,
        breaks: "only a prefix of a token is compared",
        test: "token",
      },
      {
        from: `if (!timingSafeEqual(digest(carried), due))`,
        to: `if (!timingSafeEqual(digest(carried || token), due))`,
        breaks: "who has no token is let in",
        test: "token",
      },
      {
        from: `if (from !== null && !isOurs(URL.parse(from)?.hostname))`,
        to: `if (from === "")`,
        breaks: "a page of elsewhere calls tools",
        test: "no page",
      },
      {
        from: `names.has(name) || (everywhere`,
        to: `name.startsWith("localhost") || names.has(name) || (everywhere`,
        breaks: "a name that begins like ours is ours",
        test: "no page",
      },
      {
        from: `if (bytes > maxBodyBytes) throw tooLong();
    text`,
        to: `text`,
        breaks: "a body without a length has no limit",
        test: "limit",
      },
      {
        from: `if (Number(told) > maxBodyBytes) throw tooLong();`,
        to: ``,
        breaks: "a long body is read",
        test: "limit|413|over",
      },
    ],
  },
  {
    file: "lib/runtimes/server.ts",
    tests: ["serve"],
    changes: [
      {
        from: `, reusePort: false }`,
        to: ` }`,
        breaks: "two servers share a port, and each answers half",
        test: "a port is taken",
      },
    ],
  },
  {
    file: "lib/runtimes/server.ts",
    tests: ["server"],
    changes: [
      {
        from: `for (const check of checks) check(request);`,
        to: `for (const check of checks.slice(1)) check(request);`,
        breaks: "any host is answered",
      },
      {
        from: `calls += 1;
    const count = calls;`,
        to: `const count = calls;`,
        breaks: "the server counts no calls",
        test: "counts its answers",
      },
    ],
  },
  {
    file: "lib/runtimes/listening.ts",
    tests: ["serve"],
    changes: [
      {
        from: `host === "localhost" || (family`,
        to: `host !== "" || (family`,
        breaks: "tools are served to everybody without a token",
        test: "0.0.0.0|beyond|192",
      },
    ],
  },
  {
    file: "lib/runtimes/router.ts",
    tests: ["router"],
    changes: [
      { from: `byName.get(home) ?? otherwise`, to: `otherwise`, breaks: "every tool goes to the fallback" },
      { from: `await Promise.allSettled(underWay);`, to: ``, breaks: "calls under way are not waited for" },
      {
        from: `cause instanceof ToolError ? cause.code : "internal"`,
        to: `null`,
        breaks: "a failed call has none",
      },
    ],
  },
  {
    file: "lib/runtimes/arms.ts",
    tests: ["options"],
    changes: [
      {
        from: `runtimes.length > 1 && !runtimes.some(({ name }) => name === reference)`,
        to: `runtimes.length > 99`,
        breaks: "a reference need not be measured",
      },
      {
        from: `times === 1 ? runtime : \`\${runtime} (\${times})\``,
        to: `runtime`,
        breaks: "a runtime twice is one",
      },
    ],
  },
  {
    file: "lib/runtimes/probe.ts",
    tests: ["memory"],
    changes: [
      { from: `if (wait) Bun.gc(true);`, to: ``, breaks: "garbage counts as held", test: "own memory" },
      {
        from: `external_bytes: extraMemorySize`,
        to: `external_bytes: 0`,
        breaks: "buffers are not memory",
        test: "own memory",
      },
    ],
  },
  {
    file: "lib/registry.ts",
    tests: ["server", "carried"],
    changes: [
      {
        from: `if (this.#tools.has(tool.name))`,
        to: `if (tool.name === "")`,
        breaks: "the second tool of a name is called",
        tests: ["server"],
        test: "same name",
      },
      {
        from: `if (!isCarried) carried(output);`,
        to: ``,
        breaks: "an answer that JSON loses is one",
        tests: ["carried"],
      },
      {
        from: `if (!parsed.success) throw invalidInput(spec.name, parsed.error);`,
        to: ``,
        breaks: "any input is handled",
        tests: ["general"],
      },
    ],
  },
  {
    file: "lib/options.ts",
    tests: ["options"],
    changes: [
      {
        from: `if (kind !== "array" && values.length > 1)`,
        to: `if (values.length > 99)`,
        breaks: "the second of two flags is forgotten",
      },
      {
        from: `return names.filter((name) => chosen.has(name));`,
        to: `return [...names];`,
        breaks: "all is measured where some was asked for",
      },
    ],
  },
  {
    file: "lib/bring/callable.ts",
    tests: ["bring_inputs"],
    changes: [
      {
        from: `if (destructiveHint === true) return`,
        to: `if (destructiveHint === true && openWorldHint) return`,
        breaks: "the reason told is another",
        test: "called unasked",
      },
      {
        from: `if (readOnlyHint === true || destructiveHint === false) return null;`,
        to: `if (destructiveHint !== true) return null;`,
        breaks: "a tool that says nothing is called unasked",
        test: "called unasked",
      },
      {
        from: `if (openWorldHint === true) return "it says that it reaches others (openWorldHint)";`,
        to: ``,
        breaks: "a tool that reaches others is called unasked",
        test: "called unasked",
      },
    ],
  },
  {
    file: "lib/bring/inputs.ts",
    tests: ["bring_inputs"],
    changes: [
      {
        from: `if (fault === null && isObject(candidate)) return { input: candidate };`,
        to: `if (isObject(candidate)) return { input: candidate };`,
        breaks: "a tool is called with what its schema forbids",
      },
      {
        from: `if (most > mostAsked) throw`,
        to: `if (most > 1e12) throw`,
        breaks: "a schema may ask for a million letters",
      },
    ],
  },
  {
    file: "lib/bring/asked_calls.ts",
    tests: ["bring_inputs"],
    changes: [
      {
        from: `if (twice) throw faulty`,
        to: `if (twice && asked.length === 0) throw faulty`,
        breaks: "the second call that was asked for is forgotten",
      },
      {
        from: `.replaceAll("{{uuid}}", () => crypto.randomUUID())`,
        to: `.replaceAll("{{uuid}}", "same")`,
        breaks: "every call has the same id",
      },
    ],
  },
  {
    file: "lib/bring/brought_call.ts",
    tests: ["brought"],
    changes: [
      {
        from: `if (a !== b) names.add(name);`,
        to: ``,
        breaks: "what varies of an answer is not seen",
        test: "differs from call to call",
      },
      {
        from: `expect: {} }) }),`,
        to: `expect: { is: "given" } }) }),`,
        breaks: "an answer of somebody else's tool must be ours",
        test: "differs from call to call",
      },
    ],
  },
  {
    file: "lib/p2p/workflows/engine.ts",
    tests: ["workflow", "workflows"],
    changes: [
      {
        from: `if (step.endedAt !== undefined) return failed;
      if (!this.#history.takeOutput`,
        to: `if (!this.#history.takeOutput`,
        breaks: "the outcome of a cancelled step counts",
        tests: ["workflows"],
        test: "cancelled",
      },
      {
        from: `if (step.state !== "pending") return { completed: false, ready: [] };`,
        to: ``,
        breaks: "a cancelled step is started",
        tests: ["workflows"],
        test: "cancelled",
      },
      {
        from: `for (const { id, output } of parents) if (output) upstream.set(id, output);`,
        to: ``,
        breaks: "a step gets nothing of what it depends on",
        tests: ["workflows"],
        test: "what its parents left",
      },
      {
        from: `if (this.#history.get(request.workflow_id)) throw refusal(request, "already_exists", "it exists already");`,
        to: ``,
        breaks: "a workflow is submitted twice",
        tests: ["workflow"],
        test: "refused call",
      },
    ],
  },
  {
    file: "lib/p2p/broker/submitter.ts",
    tests: ["broker"],
    changes: [
      {
        from: `    this.#pending.delete(id);
    try {`,
        to: `    try {`,
        breaks: "an outcome stays to be settled again",
        test: "first of two outcomes|leaves the server|closes takes",
        survives: "equivalent but for a request: who waits for it settles it once, and takes it out then",
      },
      {
        from: `if ("error" in outcome) throw new RemoteFailure(outcome.error);`,
        to: ``,
        breaks: "what failed elsewhere has another reason",
        test: "failed step tells",
      },
    ],
  },
  {
    file: "lib/p2p/broker/worker.ts",
    tests: ["broker_kill"],
    changes: [
      {
        from: `      held.token = token;
      return;`,
        to: `      held.token = token;`,
        breaks: "a job delivered twice runs twice in one worker",
        tests: ["broker"],
        test: "delivered twice",
      },
      {
        from: `await this.#request({ cmd: "ExtendLocks", ids, tokens, durations });`,
        to: ``,
        breaks: "a long step is given to another worker too",
        test: "outlasts its lock",
      },
    ],
  },
  {
    file: "lib/p2p/tasks/workers.ts",
    tests: ["queue"],
    changes: [
      {
        from: `    worker.attempts.delete(attempt);
    if (task.attempt === attempt) {`,
        to: `    worker.attempts.delete(attempt);
    {`,
        breaks: "the outcome of a task that was taken away counts",
        tests: ["queue", "taskqueue"],
      },
      {
        from: `if (this.#paused) return undefined;`,
        to: ``,
        breaks: "a paused queue starts tasks",
        tests: ["queue", "taskqueue"],
      },
    ],
  },
  {
    file: "lib/p2p/tasks/cases.ts",
    tests: ["contract"],
    changes: [
      {
        from: `          expect: { task_id, status: "queued" },
          restore: () => drop(call, task_id),
        })),`,
        to: `          expect: {},
          restore: () => drop(call, task_id),
        })),`,
        breaks: "any answer of task_status is right",
        test: "holds an answer",
      },
      {
        from: `alone: { cleared_count: 3 },`,
        to: ``,
        breaks: "queue_clear may clear nothing",
        test: "holds an answer",
      },
    ],
  },
  {
    file: "lib/p2p/workflows/cases.ts",
    tests: ["contract"],
    changes: [
      {
        from: `expect: { workflow_id, status: "cancelled", cancelled_steps: 3 },`,
        to: `expect: {},`,
        breaks: "any answer of workflow_cancel is right",
        test: "holds an answer",
      },
      {
        from: `expect: { workflow_id, status: "completed", result } };`,
        to: `expect: {} };`,
        breaks: "any answer of workflow_result is right",
        test: "holds an answer",
      },
      {
        from: `expect: { workflow_id, status: "queued", step_count: 3 },`,
        to: `expect: { workflow_id },`,
        breaks: "a workflow may be submitted without its steps",
        test: "holds an answer",
      },
    ],
  },
  {
    file: "lib/p2p/peers/cases.ts",
    tests: ["contract_peers"],
    changes: [
      {
        from: `expect: { peer_id, attempts: 1 } };`,
        to: `expect: {} };`,
        breaks: "any answer of peer_connect is right",
        test: "holds an answer",
      },
    ],
  },
];
