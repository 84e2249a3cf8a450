import { deserializeMessage, serializeMessage, type Transport } from "@modelcontextprotocol/client";
import type { Pipes } from "../../child.ts";

/** Those who want to know what comes beside messages. */
export interface Listeners {
  /** Told whenever something came, before it is read. */
  readonly onHeard?: (() => void) | undefined;
  /** Told of a line that is no message, which is passed over. */
  readonly onJunk?: ((line: string) => void) | undefined;
}

/** No message is that long; the SDK's own transport ends at 10 MiB. */
const longestLine = 8 * 1024 * 1024;

/** The client's side of stdio, to a process that is started already. Closing it ends the input of that process. */
export function pipeTransport({ stdin, stdout }: Pipes, { onHeard, onJunk }: Listeners = {}): Transport {
  const take = (line: string) => {
    const message = parse(line);
    if (message === null && line.trim() === "") return;
    if (message === null) onJunk?.(line);
    else transport.onmessage?.(message);
  };
  const transport: Transport = {
    async start() {
      readLines(stdout, take, onHeard)
        .catch((error) => transport.onerror?.(error))
        .then(() => transport.onclose?.());
    },
    async send(message) {
      stdin.write(serializeMessage(message));
      await stdin.flush();
    },
    async close() {
      await stdin.end();
      transport.onclose?.();
    },
  };
  return transport;
}

/** Throws a `RangeError` for a line of more than 8 MiB. */
async function readLines(
  stream: ReadableStream<Uint8Array>,
  take: (line: string) => void,
  onHeard?: () => void,
): Promise<void> {
  let begun: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    onHeard?.();
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      take(Buffer.concat([...begun, chunk.subarray(from, end)]).toString());
      [begun, length, from] = [[], 0, end + 1];
    }
    begun.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > longestLine)
      throw new RangeError(`it sent a line of more than ${longestLine / 2 ** 20} MiB`);
  }
}

function parse(line: string) {
  try {
    return deserializeMessage(line);
  } catch {
    return null;
  }
}
