import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openTemporaryFolder } from "../temporary_folder.ts";
import { readStat } from "./process_stat.ts";

/** What a process holds, as far as it can be seen. */
export interface MemoryReader {
  /** Of `heap` its garbage is collected before; what is `resident` has all that was not given back to the system. */
  readonly kind: "heap" | "resident";
  /** In bytes; `null` once it has ended, or does not answer. */
  read(): Promise<number | null>;
}

/** Processes that are started with `env` can be asked what their heap holds. */
export interface HeapHook extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  /** The heap of a process that Node or Bun runs, else its resident memory; `null` for one that is not there. */
  readerOf(pid: number): MemoryReader | null;
}

/**
 * Has Node and Bun load a hook before any program, by the variables that they read. All that it does until it is asked is
 * to write that it is there: nobody else would survive the signal.
 */
export async function openHeapHook(): Promise<HeapHook> {
  const folder = await openTemporaryFolder("heap-readings-");
  const hook = join(folder.path, "hook.cjs");
  copyFileSync(join(import.meta.dir, "heap_hook.cjs"), hook);
  // Neither of them takes a path with blanks in the same way.
  const canBeNamed = !/\s/.test(hook);
  const add = (before: string | undefined, option: string) => `${before ?? ""} ${option}`.trim();
  const env = {
    HEAP_READINGS: folder.path,
    NODE_OPTIONS: add(process.env.NODE_OPTIONS, `--require ${hook}`),
    BUN_OPTIONS: add(process.env.BUN_OPTIONS, `--preload=${hook}`),
  };
  return {
    env: canBeNamed ? env : {},
    readerOf: (pid) => openHooked(pid, join(folder.path, `${pid}`)) ?? openResident(pid),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** A heap of 1 GB is collected within some seconds. What has ended may look as if it was there. */
const patienceMs = 20_000;

function openHooked(pid: number, file: string): MemoryReader | null {
  if (!existsSync(file)) return null;
  let asked = 0;
  return {
    kind: "heap",
    async read() {
      asked += 1;
      const end = performance.now() + patienceMs;
      for (let name: NodeJS.Signals | 0 = "SIGUSR2"; performance.now() < end && signal(pid, name); name = 0) {
        await Bun.sleep(1);
        const [count, bytes = 0] = readFileSync(file, "latin1").split(" ").map(Number);
        if (count === asked) return bytes;
      }
      return null;
    },
  };
}

/** The resident memory of a process of anybody's; `null` for one that is not there. */
export function openResident(pid: number): MemoryReader | null {
  if (!signal(pid, 0)) return null;
  return {
    kind: "resident",
    read: async () => (await readStat(pid))?.rssBytes ?? null,
  };
}

/** Answers whether there is such a process. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    const { code } = Object(error);
    if (code === "ESRCH") return false;
    if (code === "EPERM") return true;
    throw error;
  }
}
