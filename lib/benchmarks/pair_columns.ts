/** What two halves of one path differ by, which no effect may be smaller than. */
export const controlColumn = {
  kind: "estimate",
  title: "A/A control",
  description: "the difference that two halves of the same path show",
  unit: "percent",
  scale: "excess",
  detail: true,
  optional: true,
} as const;

/** A median over rounds, which have a process each. */
export const medianColumn = {
  kind: "estimate",
  title: "p50 over rounds",
  description: "the geometric mean of the rounds' medians",
  unit: "ms",
  scale: "ratio",
  better: "lower",
  detail: true,
} as const;
