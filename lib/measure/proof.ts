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
  // Modulo 2^32: as numbers, the squares of 20,000 calls are no longer exact once 200,000 went before them.
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
      sum = (sum + reply.calls) | 0;
      squares = (squares + Math.imul(reply.calls, reply.calls)) | 0;
      min = Math.min(min, reply.calls);
      max = Math.max(max, reply.calls);
      return null;
    },
    conclude() {
      if (replies === 0) return null;
      const span = max - min + 1;
      // A failed call has a number that no reply shows. Without any, the numbers are min, min + 1, … max, each once.
      const each =
        sum === wrap(sumTo(max) - sumTo(min - 1)) && squares === wrap(squaresTo(max) - squaresTo(min - 1));
      const fits = replies === issued ? span === issued && each : span >= replies && span <= issued;
      if (fits) return null;
      return `${issued} calls went to ${name}, process ${pid}, and ${replies} replies count from ${min} to ${max}`;
    },
  };
}

function sumTo(last: number): bigint {
  const n = BigInt(last);
  return (n * (n + 1n)) / 2n;
}

function squaresTo(last: number): bigint {
  const n = BigInt(last);
  return (n * (n + 1n) * (2n * n + 1n)) / 6n;
}

/** As `| 0` leaves a number. */
function wrap(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}
