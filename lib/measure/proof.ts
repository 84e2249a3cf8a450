import type { Reply, Runtime } from "../runtimes/runtime.ts";

/** Holds the calls that went to a runtime, in any order, against the replies that came. */
export interface Proof {
  issue(): void;
  /** What is wrong with a reply's path; `null` for the right one. */
  accept(reply: Reply): string | null;
  /** What is wrong with all of them together, once the last has come; `null` when their counters fit. */
  conclude(): string | null;
}

/** Starts where no call is under way on a runtime that nobody else calls. */
export function openProof({ name, pid }: Runtime): Proof {
  let issued = 0;
  let replies = 0;
  let sum = 0;
  let squares = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  return {
    issue() {
      issued += 1;
    },
    accept(reply) {
      if (reply.runtime !== name || reply.pid !== pid)
        return `the reply came by ${reply.runtime}, process ${reply.pid}, the call went to ${name}, process ${pid}`;
      replies += 1;
      sum += reply.calls;
      squares += reply.calls ** 2;
      min = Math.min(min, reply.calls);
      max = Math.max(max, reply.calls);
      return null;
    },
    conclude() {
      if (replies === 0) return null;
      const span = max - min + 1;
      // A failed call has a number that no reply shows. Without any, the numbers are min, min + 1, … max, each once.
      const upTo = (n: number) => (n * (n + 1) * (2 * n + 1)) / 6;
      const each = sum === (issued * (min + max)) / 2 && squares === upTo(max) - upTo(min - 1);
      const fits = replies === issued ? span === issued && each : span >= replies && span <= issued;
      if (fits) return null;
      return `${issued} calls went to ${name}, process ${pid}, and ${replies} replies count from ${min} to ${max}`;
    },
  };
}
