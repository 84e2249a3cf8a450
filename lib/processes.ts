import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process that runs on this machine. */
export interface ProcessEntry {
  readonly pid: number;
  /** The number of its process group. */
  readonly group: number;
  /** When it was started, in milliseconds since the machine was, to 10 ms; `null` where the system does not tell. */
  readonly startedMs: number | null;
}

/** A tick of the kernel's accounts on every Linux that Bun runs on. */
const tickMs = 10;

/** Those that have not ended, in the order in which they were started. */
export function listProcesses(): ProcessEntry[] {
  const all = process.platform === "linux" ? readdirSync("/proc").flatMap(readStat) : readPs();
  return all.sort((a, b) => (a.startedMs ?? 0) - (b.startedMs ?? 0) || a.pid - b.pid);
}

/** How often the threads of a process have waited for something until now; 0 where the system does not tell, or once it has ended. */
export function waitsOf(pid: number): number {
  const folder = `/proc/${pid}/task`;
  let waits = 0;
  for (const tid of existing(() => readdirSync(folder), [])) {
    const status = existing(() => readFileSync(`${folder}/${tid}/status`, "latin1"), "");
    waits += Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(status)?.[1] ?? 0);
  }
  return waits;
}

/** The process that listens on a port of this machine; `null` where it is none that this user may look into. */
export function findListener(port: number): number | null {
  const sockets = ["tcp", "tcp6"].flatMap((name) => listeningOn(port, `/proc/net/${name}`));
  const links = new Set(sockets.map((inode) => `socket:[${inode}]`));
  if (links.size === 0) return null;
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return Number(pids.find((pid) => openFilesOf(pid).some((link) => links.has(link))) ?? 0) || null;
}

/** The inodes of sockets in state 0A, which is that of those who listen. */
function listeningOn(port: number, path: string): string[] {
  const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = existing(() => readFileSync(path, "latin1"), "").split("\n");
  return lines.flatMap((line) => {
    const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
    return local.endsWith(end) && state === "0A" ? [inode] : [];
  });
}

function openFilesOf(pid: string): string[] {
  const folder = `/proc/${pid}/fd`;
  const files = existing(() => readdirSync(folder), []);
  return files.flatMap((file) => existing(() => [readlinkSync(`${folder}/${file}`)], []));
}

function readStat(name: string): ProcessEntry[] {
  if (!/^\d+$/.test(name)) return [];
  const text = existing(() => readFileSync(`/proc/${name}/stat`, "latin1"), "");
  // The name is in brackets and may hold brackets and blanks itself; the state, field 3, comes after it.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state = "", group, started] = [fields[0], fields[2], fields[19]];
  if (group === undefined || started === undefined || "ZX".includes(state)) return [];
  return [{ pid: Number(name), group: Number(group), startedMs: Number(started) * tickMs }];
}

function readPs(): ProcessEntry[] {
  const { stdout } = Bun.spawnSync(["ps", "-A", "-o", "pid=,pgid=,stat="]);
  return [...stdout.toString().matchAll(/^\s*(\d+)\s+(\d+)\s+(?!Z)\S/gm)].map(([, pid, group]) => ({
    pid: Number(pid),
    group: Number(group),
    startedMs: null,
  }));
}

/** Processes end while they are read, and those of others are closed to us. */
function existing<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(Object(error).code)) return otherwise;
    throw error;
  }
}
