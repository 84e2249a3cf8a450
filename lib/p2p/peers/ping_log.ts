const kept = 1_000;

export interface Ping {
  readonly at: Date;
  readonly latencyMs: number;
}

/** The latest 1,000 pings of each peer. */
export class PingLog {
  readonly #pings = new Map<string, Ping[]>();

  add(peer: string, ping: Ping): void {
    const pings = this.#pings.get(peer) ?? [];
    if (pings.push(ping) > kept) pings.shift();
    this.#pings.set(peer, pings);
  }

  forget(peer: string): void {
    this.#pings.delete(peer);
  }

  /** Oldest first. */
  since(peer: string, from: Date): readonly Ping[] {
    return (this.#pings.get(peer) ?? []).filter(({ at }) => at >= from);
  }
}
