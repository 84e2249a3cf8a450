import { TcpConnectionPool } from "bunqueue/client";
import { z } from "zod";

/** How long a request may wait for work, in ms; a server that answers nothing for 5 s more is lost. */
export const pollMs = 10_000;

const answer = z.looseObject({ ok: z.boolean(), error: z.string().optional() });

/** Where a bunqueue server listens, and what it asks for. */
export interface BrokerTarget {
  readonly host: string;
  readonly port: number;
  readonly token: string | undefined;
}

/** The server has answered a request, with a refusal. Anything else that a request throws means that it is lost. */
export class BrokerRefusal extends Error {
  override readonly name = "BrokerRefusal";
}

/** One connection to a bunqueue server, which is never made again once it is lost. */
export class BrokerConnection implements Disposable {
  readonly #pool: TcpConnectionPool;

  private constructor(pool: TcpConnectionPool) {
    this.#pool = pool;
  }

  /** Throws when nobody listens there or the token is refused. */
  static async open(target: BrokerTarget): Promise<BrokerConnection> {
    const { token = "", ...address } = target;
    const pool = new TcpConnectionPool({
      ...address,
      token,
      poolSize: 1,
      autoReconnect: false,
      // A request waits for work all the time, and tells of a loss at once.
      pingInterval: 0,
      commandTimeout: pollMs + 5_000,
    });
    const connection = new BrokerConnection(pool);
    try {
      await pool.connect();
      // A server that asks for a token lets everybody connect.
      await connection.request({ cmd: "Ping" }, z.unknown());
      return connection;
    } catch (error) {
      connection[Symbol.dispose]();
      throw error;
    }
  }

  /** Throws a `BrokerRefusal` when the server says no, and another error when there is no answer. */
  async request<S extends z.ZodType>(command: Record<string, unknown>, shape: S): Promise<z.output<S>> {
    // The pool would connect again.
    if (!this.#pool.isConnected()) throw new Error("the connection is lost");
    const { ok, error = "no reason given", ...rest } = answer.parse(await this.#pool.send(command));
    if (!ok) throw new BrokerRefusal(error);
    return shape.parse(rest);
  }

  [Symbol.dispose](): void {
    // bunqueue then listens for unhandled rejections in order to ignore its own, and hides everybody's.
    const before = new Set(process.listeners("unhandledRejection"));
    this.#pool.close();
    for (const listener of process.listeners("unhandledRejection"))
      if (!before.has(listener)) process.off("unhandledRejection", listener);
  }
}
