/** How far can the figures of this suite be trusted on this machine? */
import {
  chosen,
  type Job,
  judgeMerits,
  type Said,
  selfCheckOptions,
} from "../lib/benchmarks/self_check/judge.ts";
import { merits } from "../lib/benchmarks/self_check/merits.ts";
import { experiment } from "../lib/run.ts";

await experiment(import.meta, {
  question: "How far can the figures of this suite be trusted on this machine, held against what is known?",
  options: selfCheckOptions,
  around: async () => undefined,
  *jobs(given): Iterable<Job> {
    for (const name of chosen(given)) yield { name, given };
  },
  steps: (given) => chosen(given).length,
  // All that it does is to find again what is known.
  canaries: [],

  async run(
    { name, given: { full, seed } }: Job,
    { opened, say }: { opened: AsyncDisposableStack; say(said: Said): void },
  ) {
    const merit = merits.find((one) => one.name === name);
    if (!merit) throw new RangeError(`Cannot look at "${name}": there is no such merit`);
    const startMs = performance.now();
    const figures = await merit.measure({ full, seed, opened });
    say({ figures, seconds: (performance.now() - startMs) / 1e3 });
  },

  describe: ({ job, said }) => `${job.name}: looked at in ${said.seconds.toFixed(1)} s`,
  judge: judgeMerits,
});
