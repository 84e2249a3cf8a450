import type { Changes } from "./mutation.ts";

/** What is kept, reported, merged and compared. */
export const results: readonly Changes[] = [
  {
    file: "lib/result/over.ts",
    tests: ["over"],
    changes: [
      {
        from: `mean(perRow.map((row) => to(row[round] ?? Number.NaN)))`,
        to: `to(mean(perRow.map((row) => row[round] ?? Number.NaN)))`,
        breaks: "slow tools weigh more in a verdict over all",
      },
      {
        from: `Math.min(...perRow.map(({ length }) => length))`,
        to: `Math.max(...perRow.map(({ length }) => length))`,
        breaks: "rounds that not all rows have count",
      },
      {
        from: `over.control === undefined ? 0 : noiseOf(control, "excess"), rule`,
        to: `0, rule`,
        breaks: "the controls of rows say nothing to the verdict over them",
      },
      {
        from: `rows.filter((row) => Object.entries(where).every(([label, value]) => row[label] === value))`,
        to: `rows.filter((row) => Object.keys(where).every((label) => label in row))`,
        breaks: "a verdict is over rows of other runtimes",
      },
    ],
  },
  {
    file: "lib/result/family.ts",
    tests: ["family"],
    changes: [
      {
        from: `if (!isDecided || doubt !== undefined) return "inconclusive" satisfies Status;`,
        to: ``,
        breaks: "what is in doubt is decided",
      },
      {
        from: `if (isHidden) return "inconclusive" satisfies Status;`,
        to: ``,
        breaks: "the control hides nothing",
      },
      {
        from: `isBeyond && above !== undefined && estimate > above ? "met (above the range)" : "met"`,
        to: `"met"`,
        breaks: "above the range is never told",
      },
      {
        from: `isBeyond: beyond[index] === true`,
        to: `isBeyond: true`,
        breaks: "an estimate above the range is one that is known to be",
      },
      {
        from: `if (!isMet) return "missed" satisfies Status;`,
        to: `if (!isMet) return "inconclusive" satisfies Status;`,
        breaks: "nothing is missed",
      },
      {
        from: `noise === null || Math.abs`,
        to: `noise !== null && Math.abs`,
        breaks: "no control hides nothing",
      },
    ],
  },
  {
    file: "lib/result/figures.ts",
    tests: ["figures"],
    changes: [
      {
        from: `if (better === undefined) return [];`,
        to: `if (name === "") return [];`,
        breaks: "what is neither better nor worse is a figure",
      },
      {
        from: `percentiles.includes(of) ? latency`,
        to: `true ? latency`,
        breaks: "every percentile is a figure",
      },
      { from: `encodeURIComponent(part)`, to: `part`, breaks: "a label looks like two parts of a name" },
    ],
  },
  {
    file: "lib/result/merge.ts",
    tests: ["merge"],
    changes: [
      {
        from: `complete: results.every(({ complete }) => complete),`,
        to: `complete: results.some(({ complete }) => complete),`,
        breaks: "half a run is a whole one",
      },
      {
        from: `...results.map((result) => result.validity)]`,
        to: `]`,
        breaks: "an invalid part makes no invalid whole",
        survives:
          "equivalent: a file is read only if its validity is that of its audit, which the whole has too",
      },
      {
        from: `result.audit.map(({ detail, ...check }) => ({ ...check, detail: \`\${name}: \${detail}\` })),`,
        to: `name === "" ? result.audit : [],`,
        breaks: "the audits and controls of the parts are lost",
      },
      { from: `if (difference) refuse(difference);`, to: ``, breaks: "parts of unlike runs are merged" },
      {
        from: `if (!Bun.deepEquals(own, others)) refuse`,
        to: `if (own === undefined) refuse`,
        breaks: "parts of other revisions are merged",
      },
      {
        from: `...auditMachines(parts, force),`,
        to: ``,
        breaks: "parts of other machines pass for those of one",
      },
      {
        from: `commit !== null && !commit.endsWith("-dirty")`,
        to: `commit !== ""`,
        breaks: "parts of a changed tree pass for those of one revision",
      },
      {
        from: `pinned: machines.every(({ pinned }) => pinned),`,
        to: `pinned: machines.some(({ pinned }) => pinned),`,
        breaks: "one bound part speaks for all",
      },
    ],
  },
  {
    file: "lib/result/merge_tables.ts",
    tests: ["merge"],
    changes: [
      { from: `if (owner !== undefined)`, to: `if (owner === "")`, breaks: "the same row counts twice" },
      {
        from: `return [judgeFamily({ ...joined, rows: filled.length > 1 ? inOrder(first.table.columns, rows) : rows })];`,
        to: `return [{ ...joined, rows: filled.length > 1 ? inOrder(first.table.columns, rows) : rows }];`,
        breaks: "verdicts of parts are kept that all together would not have",
      },
      {
        from: `const judged = lacking ? null : decideOver`,
        to: `const judged = decideOver`,
        breaks: "a verdict over all is over some",
      },
      {
        from: `if (!Bun.deepEquals(table.columns, first.table.columns))`,
        to: `if (table.columns.length === 0)`,
        breaks: "tables of other columns are joined",
      },
      {
        from: `isShared(note) ? note : \`\${part}: \${note}\``,
        to: `note`,
        breaks: "what one part says is said of all",
      },
    ],
  },
  {
    file: "lib/result/comparable.ts",
    tests: ["merge", "compare"],
    changes: [
      {
        from: `{ field: "seed", own: own.seed, other: other.seed },`,
        to: ``,
        breaks: "results of other inputs are joined",
        tests: ["merge"],
      },
      {
        from: `differenceOf(own, other, [...ofOutput, ...ofPrecision])`,
        to: `differenceOf(own, other, ofOutput)`,
        breaks: "a result that is surer answers another question",
        tests: ["compare"],
        test: "two results",
      },
      {
        from: `!(Array.isArray(own) && Array.isArray(other))`,
        to: `!(Array.isArray(own) || Array.isArray(other))`,
        breaks: "a list is like no list",
        tests: ["merge"],
      },
    ],
  },
  {
    file: "lib/result/canary_table.ts",
    tests: ["canary"],
    changes: [
      {
        from: `found_percent.low === null || found_percent.low <= 0`,
        to: `found_percent.low === null`,
        breaks: "a known delay that does not show is found",
      },
      {
        from: `isAtMost(Math.abs(found_percent.estimate - known_percent), tolerance_percent)`,
        to: `true`,
        breaks: "a known delay of any size is found",
      },
      {
        from: `own.every(({ status }) => status === found) ? joined`,
        to: `own.length > 0 ? joined`,
        breaks: "what one part did not find the whole has found",
      },
    ],
  },
  {
    file: "lib/result/doubt.ts",
    tests: ["canary"],
    changes: [
      {
        from: `if (doubt === null) return { criteria: [...criteria], tables: [...tables] };`,
        to: `if (doubt !== "") return { criteria: [...criteria], tables: [...tables] };`,
        breaks: "who cannot see a known delay judges times all the same",
      },
      {
        from: `if (canaries.rows.length === 0) return`,
        to: `if (canaries.rows.length > 1e9) return`,
        breaks: "who has looked for nothing is sure",
      },
      {
        from: `unit !== "bytes" && unit !== "bytes_per_call"`,
        to: `unit !== "bytes"`,
        breaks: "a clock has a say in what leaks",
      },
      {
        from: `if (sure >= 0) return`,
        to: `if (sure >= 1e9) return`,
        breaks: "a file may be sure of times that its run could not see",
      },
    ],
  },
  {
    file: "lib/result/check_verdicts.ts",
    tests: ["read_result"],
    changes: [
      {
        from: `if (told !== validity(audit)) return`,
        to: `if (told === "") return`,
        breaks: "a file may call itself valid",
      },
      {
        from: `faultOfOver(criterion, tables) ?? faultOfStatus(criterion)`,
        to: `faultOfOver(criterion, tables)`,
        breaks: "a verdict need not be that of its interval",
      },
      {
        from: `faultOfFamily(table, row) ?? faultOfStatuses(table, row, criteria)`,
        to: `faultOfFamily(table, row)`,
        breaks: "a row may have another verdict than its criterion",
      },
      {
        from: `faultOfFamily(table, row) ?? faultOfStatuses(table, row, criteria)`,
        to: `faultOfStatuses(table, row, criteria)`,
        breaks: "a row of a family may have any verdict",
      },
    ],
  },
  {
    file: "lib/result/check_row.ts",
    tests: ["read_result"],
    changes: [
      {
        from: `if (own !== undefined && other !== undefined && !isAtMost(other, own)) return`,
        to: `if (own !== undefined && other !== undefined && own < -1) return`,
        breaks: "more may be answered than was asked",
      },
      {
        from: `length > (number(one.name) ?? length)`,
        to: `length < 0`,
        breaks: "an estimate may be over more rounds than there were",
      },
      {
        from: `Number.isNaN(scales[scale].to(value))`,
        to: `Number.isNaN(value)`,
        breaks: "a saving may be over 100 %",
      },
    ],
  },
  {
    file: "lib/result/check_table.ts",
    tests: ["read_result"],
    changes: [
      {
        from: `      faultOfLabels(table) ??
`,
        to: ``,
        breaks: "two rows may be called the same",
      },
    ],
  },
  {
    file: "lib/result/recompute.ts",
    tests: ["verify"],
    changes: [
      {
        from: `fault = differs(criterion, due) ?? (`,
        to: `fault = false ? "" : (`,
        breaks: "a headline need not follow from its rounds",
      },
      {
        from: `return cell === judged[column.name] ? null`,
        to: `return cell !== "" ? null`,
        breaks: "a verdict need not follow",
      },
      {
        from: `? differsBy(found, summarize(samples.map((ms) => ms * 1e6)), 1e-6)`,
        to: `? null`,
        breaks: "a latency need not follow from its samples",
      },
      {
        from: `const bucketWidth = 0.02;`,
        to: `const bucketWidth = 200;`,
        breaks: "a latency need not follow from its distribution",
      },
    ],
  },
  {
    file: "lib/result/read_json.ts",
    tests: ["read_result"],
    changes: [
      {
        from: `if (Object.hasOwn(item, "__proto__"))`,
        to: `if (Object.hasOwn(item, "__prototype__"))`,
        breaks: "a file may reach for prototypes",
      },
      { from: `if (depth > maxDepth)`, to: `if (depth > 1e9)`, breaks: "a file may be nested without end" },
      {
        from: `if (!stat.isFile())`,
        to: `if (stat.isDirectory())`,
        breaks: "a pipe is waited for without end",
      },
    ],
  },
  {
    file: "lib/result/csv.ts",
    tests: ["export"],
    changes: [
      {
        from: `? \`'\${text}\` : text`,
        to: `? text : text`,
        breaks: "a spreadsheet runs what a label holds",
      },
    ],
  },
  {
    file: "lib/result/export.ts",
    tests: ["export"],
    changes: [
      { from: `if (better === "higher") return [];`, to: ``, breaks: "a rate that falls is an improvement" },
      { from: `factor: 1e6 },`, to: `factor: 1 },`, breaks: "milliseconds are told for nanoseconds" },
    ],
  },
  {
    file: "lib/result/export_prometheus.ts",
    tests: ["export"],
    changes: [{ from: `.replaceAll('"', '\\\\"')`, to: ``, breaks: "a label ends its line" }],
  },
  {
    file: "lib/result/result.ts",
    tests: ["read_result"],
    changes: [
      {
        from: `if (fault !== null) throw new TypeError(\`Cannot write`,
        to: `if (fault === "") throw new TypeError(\`Cannot write`,
        breaks: "an unsound result is written",
      },
      {
        from: `if (fault !== null) throw unreadable(path, \`it is no result`,
        to: `if (fault === "") throw unreadable(path, \`it is no result`,
        breaks: "an unsound result is read",
      },
    ],
  },
  {
    file: "lib/output_file.ts",
    tests: ["output_file"],
    changes: [
      {
        from: `writeFileSync(temporary, text);
    renameSync(temporary, path);`,
        to: `writeFileSync(path, text);`,
        breaks: "a reader sees half a result",
      },
      {
        from: `!isAlive(Number(pid))) rmSync`,
        to: `isAlive(Number(pid))) rmSync`,
        breaks: "what another process writes is removed",
      },
      { from: `rmSync(temporary, { force: true });`, to: ``, breaks: "a full disk is left with half a file" },
    ],
  },
  {
    file: "lib/compare/verdict.ts",
    tests: ["compare"],
    changes: [
      {
        from: `[sign * Math.log(other / one)]`,
        to: `[sign * Math.log(one / other)]`,
        breaks: "slower is faster",
        test: "a change",
      },
      {
        from: `level / ratios.length`,
        to: `level`,
        breaks: "many figures together alarm far more often",
        tests: ["changes"],
      },
      {
        from: `low > 0 && logRatio.estimate > margin`,
        to: `logRatio.estimate > margin`,
        breaks: "a change that is in doubt is an alarm",
        test: "a change",
      },
      {
        from: `low > 0 && logRatio.estimate > margin`,
        to: `low > 0`,
        breaks: "a change within the margin is an alarm",
        test: "a change",
      },
      {
        from: `(logRatio.high ?? high) <= margin ? "not slower" : "inconclusive"`,
        to: `"not slower"`,
        breaks: "what is in doubt is not slower",
        test: "a change",
      },
      {
        from: `((moved && asked.length > 0) || control)`,
        to: `control`,
        breaks: "a control that moved is overlooked",
        test: "a change",
      },
      { from: `if (has("slower")) return 1;`, to: ``, breaks: "slower passes", test: "a change" },
      {
        from: `change.verdict === verdict && !change.control`,
        to: `change.verdict === verdict`,
        breaks: "a control decides the exit code",
        tests: ["changes"],
      },
      {
        from: `of === "p50" || of === "estimate"`,
        to: `of !== "number"`,
        breaks: "the tail of one run is judged",
        tests: ["changes"],
      },
      {
        from: `+ certainty * standardError`,
        to: ``,
        breaks: "the smallest effect is one that is missed half of the time",
        tests: ["changes"],
      },
      {
        from: `Math.min(before.perRound.length, after.perRound.length)`,
        to: `before.perRound.length`,
        breaks: "rounds count that one side has not done",
        survives: "equivalent: a round that one side has not done is no time above 0, which is left out",
        test: "a change",
      },
      {
        from: `const isSmall = Math.abs(estimate) < Math.log(1 + marginPercent / 200);`,
        to: `const isSmall = true;`,
        breaks: "a control never moves",
        test: "a change",
      },
    ],
  },
  {
    file: "lib/compare/files.ts",
    tests: ["compare"],
    changes: [
      {
        from: `const half = Math.hypot(before, after);`,
        to: `const half = before;`,
        breaks: "the noise of one of two files is forgotten",
        tests: ["changes"],
      },
      {
        from: `const widerBy = 2.81 / 1.96;`,
        to: `const widerBy = 1;`,
        breaks: "files measured apart alarm as if they were measured in turns",
        tests: ["changes"],
      },
      {
        from: `if (!complete || validity === "invalid")`,
        to: `if (!complete)`,
        breaks: "an invalid result is compared",
        test: "two results",
      },
      {
        from: `if (elsewhere && !force)`,
        to: `if (elsewhere && force)`,
        breaks: "times of different machines are compared",
        test: "two results",
      },
      {
        from: `if (difference && !force)`,
        to: `if (difference && force)`,
        breaks: "results of other questions are compared",
        test: "two results",
      },
      {
        from: `const judged = elsewhere ? ratiosOf :`,
        to: `const judged = !elsewhere ? ratiosOf :`,
        breaks: "times of different machines are compared by force",
        test: "two results",
      },
    ],
  },
  {
    file: "lib/compare/untouched.ts",
    tests: ["compare"],
    changes: [
      {
        from: `if (touched.includes(undefined)) return new Set();`,
        to: ``,
        breaks: "a change of the harness leaves all tools untouched",
        test: "a change of files",
      },
      {
        from: `needed.has(one)`,
        to: `folder === one`,
        breaks: "a change of what a tool imports leaves it untouched",
        tests: ["changes"],
      },
    ],
  },
  {
    file: "lib/compare/alike.ts",
    tests: ["compare"],
    changes: [
      {
        from: `!one || !other || !Bun.deepEquals(one.input, other.input)`,
        to: `!one || !other`,
        breaks: "tools called with other inputs are compared",
        test: "two servers are compared",
      },
    ],
  },
  {
    file: "lib/compare/duet.ts",
    tests: ["duet"],
    changes: [
      {
        from: `await openSide("candidate", duet.candidate, duet, opened)`,
        to: `await openSide("candidate", duet.base, duet, opened)`,
        breaks: "a revision is compared with itself",
      },
      {
        from: `n % 2 === 0 ? [base, candidate] : [candidate, base]`,
        to: `[base, candidate]`,
        breaks: "revisions take turns in ABAB order",
      },
      {
        from: `isEnough(readResult(base.output), readResult(candidate.output))`,
        to: `isEnough(readResult(candidate.output), readResult(base.output))`,
        breaks: "what is slower is the base",
      },
      {
        from: `Math.min(base.jobsDone, candidate.jobsDone)`,
        to: `Math.max(base.jobsDone, candidate.jobsDone)`,
        breaks: "rounds count that one revision has not done",
      },
      {
        from: `if (code === 0) side.jobsDone = Number.POSITIVE_INFINITY;`,
        to: `if (code !== null) side.jobsDone = Number.POSITIVE_INFINITY;`,
        breaks: "a revision that failed has ended well",
      },
      {
        from: `if (exitCode === 2) throw new UsageError`,
        to: `if (exitCode === 1) throw new UsageError`,
        breaks: "flags that a revision refuses are a fault of ours",
      },
      {
        from: `args: [...own, ...flags, "--output", output],`,
        to: `args: [...flags, "--output", output],`,
        breaks: "both servers are the same one",
      },
    ],
  },
  {
    file: "lib/compare/sides.ts",
    tests: ["compare"],
    changes: [
      {
        from: `if (Object.hasOwn(owned, name)) throw`,
        to: `if (name === "") throw`,
        breaks: "a flag of the comparison is passed on, and the exit code is not what was asked for",
        test: "compare refuses",
      },
    ],
  },
  {
    file: "lib/compare/sides.ts",
    tests: ["duet"],
    changes: [
      {
        from: `...{ base: side(base), candidate: side(candidate) },`,
        to: `...{ base: side(candidate), candidate: side(candidate) },`,
        breaks: "the candidate is compared with itself",
      },
      {
        from: `candidate?.flag === base.flag && more.length === 0`,
        to: `candidate !== undefined`,
        breaks: "two servers of different kinds are compared",
      },
      {
        from: `base: { root: tree.path, cwd: tree.path, flags: [] },`,
        to: `base: { root, cwd: root, flags: [] },`,
        breaks: "this revision is compared with itself",
      },
      {
        from: `untouched: await untouchedBy(root, tree.changed),`,
        to: `untouched: new Set(),`,
        breaks: "no tool is a control",
        survives: "a copy that has the change in it has changed the harness, which leaves no tool untouched",
      },
    ],
  },
  {
    file: "lib/report/answers.ts",
    tests: ["answers"],
    changes: [
      { from: `if (validity === "invalid") return [];`, to: ``, breaks: "an invalid run gives answers" },
      {
        from: `if (parts.some(({ status }) => status === "missed")) return "missed";`,
        to: ``,
        breaks: "one miss among several is not told",
      },
      {
        from: `validity === "valid" && complete`,
        to: `validity === "valid"`,
        breaks: "half a run can be relied on",
      },
    ],
  },
  {
    file: "lib/report/format.ts",
    tests: ["format"],
    changes: [
      {
        from: `if (low === null || high === null) return \`\${showFigure(estimate, unit)} (one round)\`;`,
        to: `if (low === null || high === null) return showFigure(estimate, unit);`,
        breaks: "a single round looks as sure as ten",
      },
      { from: `[1e-3, "µs"],`, to: `[1e-3, "ms"],`, breaks: "microseconds are told for milliseconds" },
    ],
  },
  {
    file: "lib/report/columns.ts",
    tests: ["terminal"],
    changes: [{ from: `[\\p{Cc}\\p{Cf}]|`, to: ``, breaks: "a terminal obeys what a result holds" }],
  },
  {
    file: "lib/report/markdown.ts",
    tests: ["report_markdown"],
    changes: [
      {
        from: `  const short =
    characters.length > longest`,
        to: `  const short =
    characters.length < 0`,
        breaks: "a summary is as long as what a file holds",
      },
    ],
  },
  {
    file: "lib/report/html/html.ts",
    tests: ["report_page"],
    changes: [
      { from: `"<": "&lt;",`, to: `"<": "<",`, breaks: "a result puts elements into a page" },
      { from: `'"': "&quot;",`, to: `'"': '"',`, breaks: "a result puts attributes into a page" },
    ],
  },
  {
    file: "lib/report/html/page.ts",
    tests: ["report_page"],
    changes: [
      {
        from: `default-src 'none'; style-src`,
        to: `default-src 'none'; script-src 'unsafe-inline'; style-src`,
        breaks: "a page allows scripts",
      },
      { from: `base-uri 'none'; form-action 'none'`, to: `base-uri 'none'`, breaks: "a page may send forms" },
      {
        from: `\${isWhole(result) ? [verdicts, relied] : [relied, verdicts]}`,
        to: `\${[verdicts, relied]}`,
        breaks: "what cannot be relied on is told after what it says",
      },
    ],
  },
  {
    file: "lib/report/find_results.ts",
    tests: ["report", "merge_script"],
    changes: [
      {
        from: `if (taken.has(realPath(output)))`,
        to: `if (taken.has(output))`,
        breaks: "a report is written over what was read",
      },
    ],
  },
  {
    file: "lib/suite/run_suite.ts",
    tests: ["run_benchmarks"],
    changes: [
      {
        from: `const fromTheWorst = [3, refused, 1, 4, 0];`,
        to: `const fromTheWorst = [1, refused, 3, 4, 0];`,
        breaks: "a miss is worse than a failure",
        test: "the worst of",
      },
      {
        from: `outcomes.some((outcome) => outcome.code === code)) ?? 0`,
        to: `outcomes.every((outcome) => outcome.code === code)) ?? 0`,
        breaks: "one benchmark that is fine speaks for all",
        test: "the worst of",
      },
      {
        from: `new Date(result.started_at) < started ? null : result`,
        to: `result`,
        breaks: "the result of an earlier run is taken for this one's",
        test: "worst of",
        survives: "it takes a benchmark that dies before it has written anything, which none does by itself",
      },
    ],
  },
  {
    file: "lib/suite/shards.ts",
    tests: ["shards"],
    changes: [
      {
        from: `dealt++ % count === index - 1`,
        to: `dealt++ % count !== index - 1`,
        breaks: "shards have what others have",
      },
      { from: `taken[0] === names[0] ? {} : share.others`, to: `{}`, breaks: "every shard sweeps" },
      {
        from: `share.unjudged?.includes(name)`,
        to: `share.names.includes(name)`,
        breaks: "a shard without a verdict misses one",
        tests: ["run_benchmarks", "shards"],
      },
    ],
  },
  {
    file: "lib/suite/presets.ts",
    tests: ["shards"],
    changes: [
      { from: `value ? [\`--\${flag}\`] : []`, to: `[\`--\${flag}\`]`, breaks: "what is false is asked for" },
    ],
  },
];
