/** Columns that several tables have. */
export const serverColumn = { kind: "label", title: "server", description: "as it calls itself" } as const;

export const timeColumn = {
  kind: "estimate",
  unit: "ms",
  scale: "ratio",
  better: "lower",
  optional: true,
} as const;

export const sizeColumn = { ...timeColumn, unit: "bytes" } as const;
