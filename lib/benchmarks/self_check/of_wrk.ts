import { median } from "../../judge/stats.ts";
import { allowedCores, bind } from "../../measure/cores.ts";
import type { Ask, Measured, Scope } from "./merit.ts";
import { openPlainServer } from "./plain_server.ts";
import { requestsPerSecond } from "./socket_client.ts";

/** https://github.com/wg/wrk, the client that others are held against. */
const wrk = Bun.which("wrk");

export const askOfWrk = {
  what: "requests a second of our client on bare sockets, of those that wrk makes",
  truth: "100 %, on the same plain server, one core each",
  ...({ bound: "at_least", target: 95, unit: "percent" } as const),
} satisfies Ask;

const connections = 8;

/** One run of each after the other, in turns; both on one core, and the server on another where there is one. */
export async function shareOfWrk({ opened, full }: Scope, command = wrk): Promise<Measured> {
  if (command === null) return { figure: null, detail: "there is no wrk here to hold it against" };
  const server = opened.use(await openPlainServer("steady"));
  const cores = allowedCores();
  const [own, other] = [cores.at(-1), cores.at(-2)];
  if (own !== undefined && other !== undefined) {
    bind(server.runtime.pid, [other]);
    // What this process starts inherits its core.
    bind(process.pid, [own]);
    opened.defer(() => void bind(process.pid, cores));
  }
  const { port, host } = new URL(server.url);
  const request = `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  const ours = (seconds: number) =>
    requestsPerSecond({ port: Number(port), request, sockets: connections, seconds });
  const theirs = () => runWrk(command, server.url);
  await ours(1);
  const [shares, rates]: [number[], number[]] = [[], []];
  for (let n = 0; n < (full ? 9 : 3); n++) {
    const [before, mine, after] = [await theirs(), await ours(1), await theirs()];
    shares.push((100 * mine) / Math.sqrt(before * after));
    rates.push(mine);
  }
  const apart = other === undefined ? "on the same core" : "on a core of its own";
  return {
    figure: median(shares),
    detail: `median of ${shares.length} runs of 1 s with ${connections} sockets, between two of wrk, the server ${apart}; ${median(rates).toFixed(0)} a second`,
  };
}

async function runWrk(command: string, url: string): Promise<number> {
  await using run = Bun.spawn([command, "-t1", `-c${connections}`, "-d1s", url], {
    ...{ stdin: "ignore", stdout: "pipe", stderr: "inherit" },
  });
  const [text, code] = await Promise.all([run.stdout.text(), run.exited]);
  const [, rate] = /^Requests\/sec:\s+([\d.]+)/m.exec(text) ?? [];
  if (code !== 0 || rate === undefined || text.includes("Non-2xx"))
    throw new Error(`Cannot tell how many requests wrk makes: it ended with code ${code}: ${text}`);
  return Number(rate);
}
