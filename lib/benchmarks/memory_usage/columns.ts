/** Columns that several tables have. */
export const runtimeColumn = { kind: "label", title: "runtime" } as const;
export const roundsColumn = { kind: "count", title: "rounds", detail: true, counts_rounds: true } as const;
export const bytesColumn = { kind: "estimate", unit: "bytes", scale: "linear" } as const;
export const perCallColumn = {
  kind: "estimate",
  unit: "bytes_per_call",
  scale: "linear",
  better: "lower",
} as const;
