/** Messages in the order they came, for one reader at a time, until the last. */
export interface Incoming<T> extends AsyncIterable<T> {
  next(): Promise<IteratorResult<T, void>>;
}

/** Where messages are put in. */
export interface Mailbox<T> extends Incoming<T> {
  put(message: T): void;
  /** There will be no more; those that wait are still read. */
  end(): void;
}

export function openMailbox<T>(): Mailbox<T> {
  const kept: IteratorYieldResult<T>[] = [];
  let reader: ((result: IteratorResult<T, void>) => void) | undefined;
  let ended = false;
  const give = (result: IteratorResult<T, void>) => {
    const waiting = reader;
    reader = undefined;
    waiting?.(result);
  };
  const next = () =>
    new Promise<IteratorResult<T, void>>((resolve) => {
      const first = kept.shift();
      if (first) resolve(first);
      else if (ended) resolve({ value: undefined, done: true });
      else reader = resolve;
    });
  return {
    put(value) {
      if (reader) give({ value, done: false });
      else kept.push({ value, done: false });
    },
    end() {
      ended = true;
      give({ value: undefined, done: true });
    },
    next,
    [Symbol.asyncIterator]: () => ({ next }),
  };
}
