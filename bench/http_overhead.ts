/** How many requests per second does the HTTP runtime serve, beside a bare Bun.serve that answers the same JSON? */
import { openChild } from "../lib/child.ts";
import { median } from "../lib/measure/stats.ts";

const connections = 8;
const seconds = 2;
const repetitions = 5;

const body = '{"text":"hello world"}';
const request =
  `POST /tools/echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n` +
  `Content-Length: ${body.length}\r\n\r\n${body}`;

await using bare = await openChild(new URL("./echo_server.ts", import.meta.url).pathname, ["bare"]);
await using tools = await openChild(new URL("./echo_server.ts", import.meta.url).pathname, ["tools"]);
for (const server of [bare, tools]) await requestsPerSecond(server.ready);

const shares: number[] = [];
for (let n = 0; n < repetitions; n++) {
  const order = n % 2 === 0 ? [bare, tools] : [tools, bare];
  const rates = new Map<typeof bare, number>();
  for (const server of order) rates.set(server, await requestsPerSecond(server.ready));
  const [bareRate = 0, toolsRate = 0] = [rates.get(bare), rates.get(tools)];
  shares.push((100 * toolsRate) / bareRate);
  console.log(
    `bare ${bareRate.toFixed(0)}/s, tools ${toolsRate.toFixed(0)}/s: ${shares.at(-1)?.toFixed(1)} %`,
  );
}
console.log(
  `HTTP runtime: ${median(shares).toFixed(1)} % of the requests per second of a bare server (at least 85)`,
);

/** Sockets that each send the next request when the last is answered; fetch would be the limit, not the server. */
async function requestsPerSecond(port: string): Promise<number> {
  let answered = 0;
  const deadline = performance.now() + seconds * 1000;
  const connection = () =>
    new Promise<void>((resolve, reject) => {
      let received = "";
      void Bun.connect({
        hostname: "127.0.0.1",
        port: Number(port),
        socket: {
          open: (socket) => void socket.write(request),
          data(socket, bytes) {
            received += bytes.toString("latin1");
            const [head, rest] = received.split("\r\n\r\n");
            const length = Number(head?.match(/content-length: (\d+)/i)?.[1]);
            if (rest === undefined || rest.length < length) return;
            if (!received.startsWith("HTTP/1.1 200")) reject(new Error(`Cannot count "${received}"`));
            received = "";
            answered += 1;
            if (performance.now() < deadline) socket.write(request);
            else socket.end();
          },
          close: () => resolve(),
          error: (_, error) => reject(error),
        },
      });
    });
  await Promise.all(Array.from({ length: connections }, connection));
  return answered / seconds;
}
