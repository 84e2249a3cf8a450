import { fullGC } from "bun:jsc";

interface Kept {
  /** What it takes, by the reckoning of its engine. */
  bytes: number;
}

/**
 * JSC collects what has grown old only when the heap has doubled: with 100 MiB kept and 70 MiB forgotten each second a
 * server came to 640 MiB, and to 450 when it collects each time that so much was forgotten for room. That takes 45 ms.
 */
const collectAfterBytes = 32 * 1024 * 1024;

export interface RetentionLimits {
  /** Ended things to remember. */
  readonly keep: number;
  /** All that is kept, whether it has ended or not. */
  readonly mostBytes: number;
}

/**
 * Counts what an engine keeps, in bytes and in ended things, and has those forgotten that ended first as soon as either
 * is too much. What has not ended can only be refused before it is taken.
 */
export class Retention<T extends Kept> {
  readonly #limits: RetentionLimits;
  readonly #forget: (ended: T) => void;
  /** The one that ended first comes first. */
  readonly #ended = new Set<T>();
  #openBytes = 0;
  #endedBytes = 0;
  /** Forgotten for room since the last collection. */
  #forgottenBytes = 0;

  /** `forget` must drop what it is given. */
  constructor(limits: RetentionLimits, forget: (ended: T) => void) {
    this.#limits = limits;
    this.#forget = forget;
  }

  get mostBytes(): number {
    return this.#limits.mostBytes;
  }

  /** More is kept than may be, though nothing that has ended is left. */
  get isOver(): boolean {
    return this.#openBytes > this.#limits.mostBytes;
  }

  /** Whether so many bytes fit beside all that has not ended. */
  hasRoom(bytes: number): boolean {
    return this.#openBytes + bytes <= this.#limits.mostBytes;
  }

  /** Counts what never ends, or with a negative number does so no longer. */
  reserve(bytes: number): void {
    this.#openBytes += bytes;
    this.#trim();
  }

  /** Counts what has not ended; a thing that had ended is open again. */
  open(thing: T): void {
    if (this.#ended.delete(thing)) this.#endedBytes -= thing.bytes;
    this.reserve(thing.bytes);
  }

  grow(thing: T, bytes: number): void {
    thing.bytes += bytes;
    if (this.#ended.has(thing)) this.#endedBytes += bytes;
    else this.#openBytes += bytes;
    this.#trim();
  }

  end(thing: T): void {
    this.#openBytes -= thing.bytes;
    this.#endedBytes += thing.bytes;
    this.#ended.add(thing);
    this.#trim();
  }

  drop(thing: T): void {
    if (this.#ended.delete(thing)) this.#endedBytes -= thing.bytes;
    else this.#openBytes -= thing.bytes;
  }

  #trim(): void {
    const { keep, mostBytes } = this.#limits;
    for (const oldest of this.#ended) {
      const needsRoom = this.#openBytes + this.#endedBytes > mostBytes;
      if (!needsRoom && this.#ended.size <= keep) break;
      if (needsRoom) this.#forgottenBytes += oldest.bytes;
      this.#forget(oldest);
    }
    if (this.#forgottenBytes < collectAfterBytes) return;
    this.#forgottenBytes = 0;
    setImmediate(fullGC);
  }
}
