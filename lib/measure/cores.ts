import { dlopen, ptr } from "bun:ffi";
import { readdirSync } from "node:fs";

/** As many cores as the kernel's mask of 128 bytes has bits for. */
const maskBytes = 128;

interface Affinity {
  /** Answers 0, or another number when the system refuses. */
  set(tid: number, mask: BigUint64Array): number;
  get(tid: number, mask: BigUint64Array): number;
}

/** What binds threads to cores; `null` where the system has no such thing. */
function openAffinity(): Affinity | null {
  if (process.platform !== "linux") return null;
  const signature = { args: ["i32", "u64", "ptr"], returns: "i32" } as const;
  for (const library of ["libc.so.6", "libc.so"])
    try {
      const { symbols } = dlopen(library, { sched_setaffinity: signature, sched_getaffinity: signature });
      return {
        set: (tid, mask) => symbols.sched_setaffinity(tid, maskBytes, ptr(mask)),
        get: (tid, mask) => symbols.sched_getaffinity(tid, maskBytes, ptr(mask)),
      };
    } catch {
      // The next name; musl has no libc.so.6.
    }
  return null;
}

const affinity = openAffinity();

/** The cores that this process may run on, ascending; none where the system does not tell. */
export function allowedCores(): number[] {
  const mask = new BigUint64Array(maskBytes / 8);
  if (!affinity || affinity.get(0, mask) < 0) return [];
  return Array.from({ length: maskBytes * 8 }, (_, core) => core).filter(
    (core) => ((mask[core >> 6] ?? 0n) >> BigInt(core & 63)) & 1n,
  );
}

/** How many of a process's threads took the cores they were bound to. */
export interface Binding {
  readonly threads: number;
  readonly refused: number;
}

/**
 * Binds every thread of a process to these cores; those that it starts later, and its children, inherit them. A single
 * call for the process would bind its main thread only: Bun's HTTP client, collector and compiler have their own.
 */
export function bind(pid: number, cores: readonly number[]): Binding {
  const mask = new BigUint64Array(maskBytes / 8);
  for (const core of cores) mask[core >> 6] = (mask[core >> 6] ?? 0n) | (1n << BigInt(core & 63));
  const threads = readdirSync(`/proc/${pid}/task`).map(Number);
  const refused = threads.filter((tid) => affinity?.set(tid, mask) !== 0);
  return { threads: threads.length, refused: refused.length };
}
