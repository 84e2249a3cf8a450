/** What is sent, over and over, and by how many sockets at once. */
export interface Requests {
  readonly port: number;
  /** The whole request, head and body. */
  readonly request: string;
  readonly sockets: number;
  readonly seconds: number;
}

const end = "\r\n\r\n";
const lengthName = "\r\nContent-Length: ";

/**
 * How many requests a second are answered to sockets that each send the next when the last is answered. Of an answer it
 * reads the status and the length, waits for that much, and looks at nothing else: no other header, no chunks, no
 * compression, no redirect, no body. fetch does all that, and is the limit of a client long before a server is. Throws an
 * `Error` for an answer other than 200, or without a length.
 */
export async function requestsPerSecond({ port, request, sockets, seconds }: Requests): Promise<number> {
  const bytes = Buffer.from(request, "latin1");
  let answered = 0;
  const deadline = performance.now() + seconds * 1e3;
  const connection = () =>
    new Promise<void>((resolve, reject) => {
      let before = "";
      void Bun.connect({
        hostname: "127.0.0.1",
        port,
        socket: {
          open: (socket) => void socket.write(bytes),
          data(socket, chunk) {
            const received = before + chunk.toString("latin1");
            const size = sizeOf(received);
            if (size === null) {
              reject(new Error(`Cannot count the answer "${received.slice(0, 200)}"`));
              return void socket.end();
            }
            if (received.length < size) {
              before = received;
              return;
            }
            before = "";
            answered += 1;
            if (performance.now() < deadline) socket.write(bytes);
            else {
              resolve();
              socket.end();
            }
          },
          close: () => reject(new Error("Cannot count answers: the server closed the connection")),
          error: (_, error) => reject(error),
          connectError: (_, error) => reject(error),
        },
      }).catch(reject);
    });
  await Promise.all(Array.from({ length: sockets }, connection));
  return answered / seconds;
}

/** How long an answer is with its head; endless while that is still to come, and `null` for one that cannot be counted. */
function sizeOf(received: string): number | null {
  const head = received.indexOf(end);
  if (head < 0) return Number.POSITIVE_INFINITY;
  if (!received.startsWith("HTTP/1.1 200")) return null;
  // Bun writes it like this; another server may not, and is refused rather than guessed at.
  const at = received.indexOf(lengthName);
  if (at < 0 || at > head) return null;
  return head + end.length + Number.parseInt(received.slice(at + lengthName.length, head + 2), 10);
}
