import { closeSync, openSync, readSync } from "node:fs";

/** What a process has used since it started, as the operating system counts it. */
export interface ProcessStat {
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** Reads one process; `null` once it has ended. */
export interface StatReader extends Disposable {
  read(): Promise<ProcessStat | null>;
}

/** How often a process can be read at under 1 % of one core: a reading takes 10 us from /proc, and 3 ms by `ps`. */
export const readEveryMs = process.platform === "linux" ? 50 : 500;

/** Throws an `Error` when there is no such process. */
export function openStat(pid: number): StatReader {
  return process.platform === "linux" ? openProc(pid) : openPs(pid);
}

/** Reads one process once; `null` when it has ended, or never was. */
export async function readStat(pid: number): Promise<ProcessStat | null> {
  try {
    using stat = openStat(pid);
    return await stat.read();
  } catch (error) {
    if (Object(error).code === "ENOENT") return null;
    throw error;
  }
}

/** The open file stays with its process, even when another one is given the same pid. */
function openProc(pid: number): StatReader {
  const ticksPerSecond = systemNumber("CLK_TCK");
  const pageBytes = systemNumber("PAGESIZE");
  const buffer = Buffer.alloc(1024);
  const file = openSync(`/proc/${pid}/stat`, "r");
  return {
    async read() {
      const text = readOrEnd(file, buffer);
      // The name is in brackets and may hold brackets and blanks itself; the state, field 3, comes after it.
      const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
      if (!fields || fields[0] === "Z") return null;
      const [user, system, pages] = [fields[11], fields[12], fields[21]].map(Number);
      if (user === undefined || system === undefined || pages === undefined) return null;
      return { cpuMs: ((user + system) * 1e3) / ticksPerSecond, rssBytes: pages * pageBytes };
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

function readOrEnd(file: number, buffer: Buffer): string | null {
  try {
    return buffer.toString("latin1", 0, readSync(file, buffer, 0, buffer.length, 0));
  } catch (error) {
    if (Object(error).code === "ESRCH") return null;
    throw error;
  }
}

function systemNumber(name: string): number {
  const { stdout } = Bun.spawnSync(["getconf", name]);
  const value = Number(stdout.toString());
  if (!(value > 0)) throw new Error(`Cannot read processes: getconf does not know ${name}`);
  return value;
}

/** macOS, and wherever else there is no /proc. */
function openPs(pid: number): StatReader {
  return {
    async read() {
      const ps = Bun.spawn(["ps", "-o", "rss=,time=", "-p", `${pid}`]);
      return parsePs(await ps.stdout.text());
    },
    [Symbol.dispose]: () => {},
  };
}

/** What `ps -o rss=,time=` prints: KiB, and `[[days-]hours:]minutes:seconds`; `null` when it found no process. */
export function parsePs(text: string): ProcessStat | null {
  const match = /^\s*(\d+)\s+(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)\s*$/.exec(text);
  if (!match) return null;
  const [kibibytes = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  return {
    cpuMs: (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1e3,
    rssBytes: kibibytes * 1024,
  };
}
