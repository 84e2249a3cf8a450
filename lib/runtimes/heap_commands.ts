/** What the process that serves the tools can be told to do to its own heap. Throws a `MeasurementError` when it is gone. */
export interface HeapCommands {
  /** Collects everything. */
  collect(): Promise<void>;
  /** Keeps so many more objects of some 100 bytes. */
  hold(objects: number): Promise<void>;
  /** Lets go of all of them. */
  release(): Promise<void>;
}

/** Those of this process. */
export function openHeap(): HeapCommands {
  let held: object[] = [];
  return {
    async collect() {
      Bun.gc(true);
    },
    async hold(objects) {
      for (let n = 0; n < objects; n++) held.push({ n, text: `held ${n}`, next: held.at(-1) });
    },
    async release() {
      held = [];
    },
  };
}
