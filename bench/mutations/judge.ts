import type { Changes } from "./mutation.ts";

/** What samples mean. */
export const judge: readonly Changes[] = [
  {
    file: "lib/judge/audit.ts",
    tests: ["verdicts"],
    changes: [
      {
        from: `if (wrong.length === 0) return { check, status: "passed", detail };`,
        to: `if (wrong.length >= 0) return { check, status: "passed", detail };`,
        breaks: "a check passes whatever is wrong",
      },
      {
        from: `status: Math.abs(percent) > noise ? "passed" : "suspect", detail`,
        to: `status: "passed", detail`,
        breaks: "the A/A control always passes",
      },
      {
        from: `median(noises)`,
        to: `Math.min(...noises)`,
        breaks: "the quietest tool speaks for the noise of all",
      },
      {
        from: `status: "suspect", detail: "too few`,
        to: `status: "passed", detail: "too few`,
        breaks: "no control passes for a good one",
      },
      {
        from: `checks.some(({ status }) => status === "failed")`,
        to: `checks.every(({ status }) => status === "failed")`,
        breaks: "one failed check of several is forgiven",
      },
      {
        from: `checks.length === 0 || checks.some`,
        to: `checks.some`,
        breaks: "a run that nobody checked is valid",
      },
    ],
  },
  {
    file: "lib/judge/verdicts.ts",
    tests: ["verdicts"],
    changes: [
      {
        from: `if (side === "across") return "inconclusive";`,
        to: `if (side === "across") return "missed";`,
        breaks: "what is open is called missed",
      },
      {
        from: `return claimsEffect && isHidden ? "inconclusive" : "met";`,
        to: `return "met";`,
        breaks: "an effect below the noise is met",
      },
      {
        from: `bound === "at_least" && target > 0`,
        to: `bound === "at_least"`,
        breaks: "noise hides what claims no effect",
      },
      {
        from: `noise === null || Math.abs`,
        to: `noise !== null && Math.abs`,
        breaks: "without a control any effect is believed",
      },
      {
        from: `if (low >= target)`,
        to: `if (low > target)`,
        breaks: "a bound at the target does not meet it",
      },
      {
        from: `return high < target ? "below" : "across";`,
        to: `return high <= target ? "below" : "across";`,
        breaks: "at most is met by a bound at the target",
      },
      {
        from: `((high - low) / 2) * 1.84`,
        to: `(high - low) / 2`,
        breaks: "the smallest effect is too small to be seen for certain",
      },
      {
        from: `if (bound !== "at_most" || low`,
        to: `if (bound === "at_most" || low`,
        breaks: "the smallest effect is told of savings and not of slowdowns",
      },
    ],
  },
  {
    file: "lib/judge/interval.ts",
    tests: ["interval"],
    changes: [
      {
        from: `const fewestForRanks = 10;`,
        to: `const fewestForRanks = 4;`,
        breaks: "ranks are used of too few rounds",
      },
      {
        from: `df: perRound.length - 1, method: "t" }`,
        to: `df: perRound.length, method: "t" }`,
        breaks: "intervals of few rounds are too narrow",
      },
      {
        from: `Math.max(fewestForRanks, Math.ceil(Math.log2((2 * figures.length) / alpha)))`,
        to: `fewestForRanks`,
        breaks: "the smallest p-value of ranks cannot pass Holm's first step",
      },
      {
        from: `alpha / (ps.length - step)`,
        to: `alpha`,
        breaks: "many figures together are wrong far more often than 5 %",
      },
      {
        from: `Number.isNaN(p) ? 1 : p`,
        to: `Number.isNaN(p) ? 0 : p`,
        breaks: "what is not known is significant",
      },
      {
        from: `if (df < 1) return { estimate, low: null`,
        to: `if (df < 0) return { estimate, low: null`,
        breaks: "a single round has an interval",
      },
      {
        from: `borrowed + df - 1)`,
        to: `borrowed + df)`,
        breaks: "verdicts of few rounds are wrong together more often than they say",
      },
      {
        from: `* (1 + Math.sqrt(2 / (known.length - 1)))`,
        to: ``,
        breaks: "figures borrow more from each other than can be told",
      },
      {
        from: `Math.min(prior.df, 2 * df)`,
        to: `Math.min(prior.df, 1e9)`,
        breaks: "verdicts are wrong together where a slow process hits all",
      },
      {
        from: `(borrowed * prior.variance + df * s * s) / (borrowed + df)`,
        to: `s * s`,
        breaks: "figures of a family borrow nothing from each other",
      },
      {
        from: `Math.min(1, 2 * (below[Math.min(above, under)] ?? 1))`,
        to: `Math.min(1, below[Math.min(above, under)] ?? 1)`,
        breaks: "the p-value of ranks is one-sided",
      },
      {
        from: `average >= value`,
        to: `average > value`,
        breaks: "what all rounds have is ruled out",
      },
      {
        from: `share <= alpha / 2`,
        to: `share <= alpha`,
        breaks: "the interval of ranks has 90 %",
      },
      {
        from: `deviation(perRound)) / Math.sqrt(n)`,
        to: `deviation(perRound)) / n`,
        breaks: "the interval that holds at any time is too narrow",
        tests: ["compare"],
        test: "no more than 2 %",
      },
      {
        from: `return rounds >= fewestForRanks`,
        to: `return rounds > fewestForRanks`,
        breaks: "the rule told is not the rule used",
      },
    ],
  },
  {
    file: "lib/judge/pairs.ts",
    tests: ["pairs"],
    changes: [
      {
        from: `(1 - middle(candidate) / middle(reference)) * 100`,
        to: `(1 - middle(reference) / middle(candidate)) * 100`,
        breaks: "the saving is that of the reference",
      },
      {
        from: `(middle(reference) - middle(candidate)) / 1e6`,
        to: `(middle(candidate) - middle(reference)) / 1e6`,
        breaks: "what HTTP adds has the wrong sign",
      },
      {
        from: `((n >> 1) + n) % 2 === which`,
        to: `n % 2 === which`,
        breaks: "halves of the control stand otherwise than the arms",
      },
      {
        from: `Math.abs(a) > Math.abs(b) ? a : b`,
        to: `Math.abs(a) < Math.abs(b) ? a : b`,
        breaks: "the quieter arm speaks for the control",
      },
      {
        from: `known.length < rounds.length || known.length === 0`,
        to: `known.length === 0`,
        breaks: "a control of some rounds speaks for all",
      },
      {
        from: `Math.max(Math.abs(to(control.low)), Math.abs(to(control.high)))`,
        to: `Math.abs(to(control.high))`,
        breaks: "noise in the other direction does not count",
      },
      {
        from: `blocks.slice(2 * n, 2 * n + 2)`,
        to: `blocks.slice(n, n + 1)`,
        breaks: "a visit is half of one",
      },
    ],
  },
  {
    file: "lib/judge/scale.ts",
    tests: ["pairs"],
    changes: [
      {
        from: `saving: { to: (percent) => Math.log(1 - percent / 100)`,
        to: `saving: { to: (percent) => Math.log(1 + percent / 100)`,
        breaks: "savings are averaged on another scale",
      },
      { from: `per_round: [...perRound]`, to: `per_round: []`, breaks: "what each round gave is lost" },
      {
        from: `p: (value) => interval.p(to(value)),`,
        to: `p: (value) => interval.p(value),`,
        breaks: "targets are judged on the wrong scale",
        tests: ["family"],
      },
    ],
  },
  {
    file: "lib/judge/stats.ts",
    tests: ["stats"],
    changes: [
      {
        from: `Math.ceil(share * sorted.length - 1e-9)`,
        to: `Math.floor(share * sorted.length)`,
        breaks: "percentiles are a rank too low",
      },
      { from: `n < fewestFor.p95 ? null`, to: `n < 1 ? null`, breaks: "p95 is told of a handful of samples" },
      { from: `n < fewestFor.p99 ? null`, to: `n < 1 ? null`, breaks: "p99 is told of a handful of samples" },
      {
        from: `Math.sqrt(squares / (values.length - 1))`,
        to: `Math.sqrt(squares / values.length)`,
        breaks: "the deviation is that of a population",
      },
      {
        from: `low: Math.min(a, b), high: Math.max(a, b)`,
        to: `low: a, high: b`,
        breaks: "bounds of a saving change places",
      },
    ],
  },
  {
    file: "lib/judge/shapes.ts",
    tests: ["stats"],
    changes: [
      { from: `p95: 59,`, to: `p95: 58,`, breaks: "p95 is told of one sample too few" },
      { from: `p99: 299 }`, to: `p99: 298 }`, breaks: "p99 is told of one sample too few" },
      {
        from: `if (!isAtMost(least, value))`,
        to: `if (least > value + 1)`,
        breaks: "a file may hold percentiles out of order",
        tests: ["read_result"],
      },
      {
        from: `if (rounds?.length === 1 && low !== null)`,
        to: `if (rounds?.length === 0 && low !== null)`,
        breaks: "a file may hold an interval of one round",
        tests: ["read_result"],
      },
    ],
  },
  {
    file: "lib/judge/histogram.ts",
    tests: ["histogram"],
    changes: [
      {
        from: `1 + Math.trunc(Math.log2(ns) * perDoubling)`,
        to: `Math.trunc(Math.log2(ns) * perDoubling)`,
        breaks: "every time is a bucket too low",
      },
      {
        from: `2 ** ((index - 0.5) / perDoubling)`,
        to: `2 ** ((index + 0.5) / perDoubling)`,
        breaks: "every percentile is a bucket too high",
      },
      {
        from: `Math.ceil(share * this.#n - 1e-9)`,
        to: `Math.floor(share * this.#n)`,
        breaks: "percentiles are a rank too low",
      },
      {
        from: `other.#squares + (apart ** 2 * this.#n * other.#n) / (this.#n + other.#n)`,
        to: `other.#squares`,
        breaks: "the deviation of what is merged is that of its parts",
      },
      {
        from: `this.#max = Math.max(this.#max, other.#max);`,
        to: ``,
        breaks: "the longest time is lost in merging",
      },
      {
        from: `if (count === undefined || ns < 0)`,
        to: `if (count === undefined)`,
        breaks: "a negative time is recorded as none",
      },
    ],
  },
  {
    file: "lib/judge/leak.ts",
    tests: ["leak"],
    changes: [
      {
        from: `whole.bytes.low > thresholdBytes && whole.objects.low > 0`,
        to: `whole.bytes.estimate > thresholdBytes && whole.objects.low > 0`,
        breaks: "a leak needs no certainty",
        test: "the verdict",
      },
      {
        from: `whole.bytes.low > thresholdBytes && whole.objects.low > 0;`,
        to: `whole.bytes.low > thresholdBytes;`,
        breaks: "a leak needs no objects",
        test: "the verdict",
      },
      {
        from: `end.bytes.estimate > thresholdBytes && end.objects.low > 0`,
        to: `true`,
        breaks: "a cache that is full by now is a leak",
        test: "the verdict",
      },
      {
        from: `const isNamed = named >= whole.objects.estimate / 2;`,
        to: `const isNamed = true;`,
        breaks: "a leak of no type that grows",
        test: "the verdict",
      },
      {
        from: `&& !isCleared(samples)`,
        to: ``,
        breaks: "what is cleared in bulk is a leak",
        test: "the verdict",
      },
      {
        from: `estimate - sure * (estimate - low) >= -thresholdBytes &&`,
        to: ``,
        breaks: "a heap that falls passes",
        test: "the verdict",
      },
      {
        from: `const sure = 1.9;`,
        to: `const sure = 1;`,
        breaks: "a leak just over the threshold passes, as readings are alike",
        test: "the verdict",
      },
      {
        from: `const b = atLeastZero(control);`,
        to: `const b = control;`,
        breaks: "a control that falls makes leaks",
        test: "the verdict",
      },
      {
        from: `const estimate = a.estimate - b.estimate;`,
        to: `const estimate = a.estimate;`,
        breaks: "what the instrument holds counts as the tool's",
        test: "the verdict",
      },
      {
        from: `later.length < fewestSamples`,
        to: `later.length < 1`,
        breaks: "a few readings make a verdict",
        test: "the verdict",
      },
    ],
  },
  {
    file: "lib/judge/theil_sen.ts",
    tests: ["theil_sen"],
    changes: [
      { from: `(1.959964 * Math.sqrt`, to: `(1 * Math.sqrt`, breaks: "the interval of a slope has 68 %" },
      {
        from: `x2 === x ? []`,
        to: `x2 <= x ? []`,
        breaks: "pairs in the wrong order are left out",
      },
    ],
  },
  {
    file: "lib/judge/scaling.ts",
    tests: ["scaling"],
    changes: [
      {
        from: `sigma * (n - 1) + kappa * n * (n - 1));`,
        to: `sigma * (n - 1));`,
        breaks: "the law knows no peak",
      },
      {
        from: `const [a = 0, b = 0, c = 0] = solve(equations);`,
        to: `const [a = 0, b = 0, c = 0] = solve(equations).map((value) => Math.max(0, value));`,
        breaks: "contention that is none has an interval that lies above 0",
      },
      {
        from: `known.length === fits.length ? figure`,
        to: `known.length > 0 ? figure`,
        breaks: "a peak of one round is told of all",
      },
    ],
  },
  {
    file: "lib/judge/sweep.ts",
    tests: ["sweep"],
    changes: [
      {
        from: `(perSecond / (concurrency * one)) * 100`,
        to: `(perSecond / one) * 100`,
        breaks: "everything is linear",
      },
      {
        from: `const [one] = rateAt(round, 1);`,
        to: `const [one] = rateAt(points, 1);`,
        breaks: "shares of linear mix rounds",
      },
      {
        from: `rounds.filter(({ length }) => length === concurrencies.length)`,
        to: `rounds`,
        breaks: "a law is fitted to half a round",
      },
    ],
  },
  {
    file: "lib/judge/execution.ts",
    tests: ["execution"],
    changes: [
      {
        from: `step.startedMs - Math.max(startMs, ...ends)`,
        to: `step.startedMs - startMs`,
        breaks: "a step waits from the submission on",
      },
      {
        from: `early: waits.filter(({ ms }) => ms < 0)`,
        to: `early: waits.filter(({ ms }) => ms < -1e9)`,
        breaks: "a step that starts too early is none",
      },
      {
        from: `before.runningMs + runningMs <= best.runningMs`,
        to: `before.runningMs + runningMs >= best.runningMs`,
        breaks: "the critical path is the shortest",
      },
    ],
  },
  {
    file: "lib/judge/crossing.ts",
    tests: ["crossing"],
    changes: [
      {
        from: `(low <= 0 && high >= 0)`,
        to: `(low < -1 && high > 1)`,
        breaks: "who is faster is told where it is open",
      },
      {
        from: `? (Math.abs(a) < Math.abs(b) ? 0 : 1)`,
        to: `? (Math.abs(a) < Math.abs(b) ? 1 : 0)`,
        breaks: "a round without a crossing has it at the wrong end",
      },
    ],
  },
  {
    file: "lib/judge/payback.ts",
    tests: ["payback"],
    changes: [
      {
        from: `if (behindNs <= 0) return n + 1;`,
        to: `if (behindNs <= 0) return n;`,
        breaks: "a start has paid off a call too soon",
      },
      {
        from: `own >= others) return null;`,
        to: `own > others) return null;`,
        breaks: "what never pays off does after infinite calls",
      },
    ],
  },
];
