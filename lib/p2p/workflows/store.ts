/** What a text is found by: the SHA-256 of its content. */
export function keyOf(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}

/** Texts by the SHA-256 of their content; the oldest go when all together exceed `maxBytes`. */
export class ResultStore {
  readonly #maxBytes: number;
  readonly #texts = new Map<string, string>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(key: string): string | undefined {
    return this.#texts.get(key);
  }

  /** Answers the key. Throws a `RangeError` when `text` alone exceeds the limit. */
  put(text: string): string {
    const size = Buffer.byteLength(text);
    if (size > this.#maxBytes)
      throw new RangeError(`Cannot store "result": ${size} bytes, more than ${this.#maxBytes}`);
    const key = keyOf(text);
    if (!this.#texts.has(key)) this.#bytes += size;
    this.#texts.set(key, text);
    for (const [oldest, old] of this.#texts) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#texts.delete(oldest);
      this.#bytes -= Buffer.byteLength(old);
    }
    return key;
  }
}
