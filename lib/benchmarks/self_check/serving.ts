import { openChild } from "../../child.ts";
import { median } from "../../judge/stats.ts";
import { defineMerit, type Scope } from "./merit.ts";
import { askOfWrk, shareOfWrk } from "./of_wrk.ts";
import { requestsPerSecond } from "./socket_client.ts";

const connections = 8;
const body = '{"text":"hello world"}';
const request =
  `POST /tools/echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n` +
  `Content-Length: ${body.length}\r\n\r\n${body}`;

/** How many requests a second our HTTP runtime answers, beside what it is made of. */
export const serving = defineMerit({
  name: "serving",
  asks: {
    of_bare_elysia: {
      what: "requests a second of the HTTP runtime, of those of bare Elysia with one zod parse",
      truth: "100 %",
      ...({ bound: "at_least", target: 97, unit: "percent" } as const),
    },
    of_bare_bun: {
      what: "requests a second of the HTTP runtime, of those of bare Bun.serve",
      truth: "100 %",
      ...({ bound: "at_least", target: 85, unit: "percent" } as const),
    },
    of_wrk: askOfWrk,
  },
  async measure(scope: Scope) {
    const { opened, full } = scope;
    const module = new URL("./echo_server.ts", import.meta.url).pathname;
    const kinds = ["tools", "elysia", "bun"] as const;
    const ports = new Map<string, number>();
    for (const kind of kinds) ports.set(kind, opened.use(await openChild<number>(module, kind)).ready);
    // Short turns, so that what disturbs one of them meets all three alike.
    const [seconds, turns] = [0.4, full ? 45 : 9];
    const rateOf = (port: number, forSeconds: number) =>
      requestsPerSecond({ port, request, sockets: connections, seconds: forSeconds });
    for (const port of ports.values()) await rateOf(port, 3 * seconds);
    const shares: { readonly elysia: number[]; readonly bun: number[] } = { elysia: [], bun: [] };
    for (let n = 0; n < turns; n++) {
      const rates = new Map<string, number>();
      for (const kind of n % 2 === 0 ? kinds : kinds.toReversed())
        rates.set(kind, await rateOf(ports.get(kind) ?? 0, seconds));
      const [ours = 0, elysia = 0, bun = 0] = kinds.map((kind) => rates.get(kind));
      shares.elysia.push((100 * ours) / elysia);
      shares.bun.push((100 * ours) / bun);
    }
    const detail = `median of ${shares.bun.length} turns of ${seconds} s with ${connections} sockets`;
    return {
      of_bare_elysia: { figure: median(shares.elysia), detail },
      of_bare_bun: { figure: median(shares.bun), detail },
      // Last, because it binds this process to a core.
      of_wrk: await shareOfWrk(scope),
    };
  },
});
