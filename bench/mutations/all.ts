import { benchmarks } from "./benchmarks.ts";
import { judge } from "./judge.ts";
import { measure } from "./measure.ts";
import type { Changes, Mutation } from "./mutation.ts";

const all: readonly Changes[] = [...judge, ...measure, ...benchmarks];

export const mutations: readonly Mutation[] = all.flatMap(({ file, tests, changes }) =>
  changes.map((change) => ({ file, tests, ...change })),
);
