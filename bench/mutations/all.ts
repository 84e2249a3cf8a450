import { benchmarks } from "./benchmarks.ts";
import { judge } from "./judge.ts";
import { ladder } from "./ladder.ts";
import { measure } from "./measure.ts";
import type { Changes, Mutation } from "./mutation.ts";
import { processes } from "./processes.ts";
import { results } from "./results.ts";

const all: readonly Changes[] = [...judge, ...measure, ...benchmarks, ...ladder, ...results, ...processes];

export const mutations: readonly Mutation[] = all.flatMap(({ file, tests, changes }) =>
  changes.map((change) => ({ file, tests, ...change })),
);
