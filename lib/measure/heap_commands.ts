/** What the process that serves the tools can be told to do to its own heap, by a line on its standard input. */
export interface HeapCommands {
  /** Does it and answers what it did; `undefined` for a line that is none of these commands. */
  answer(line: string): object | undefined;
}

/** `collect` collects everything, `hold N` keeps N more objects of some 100 bytes, `release` lets go of all of them. */
export function openHeapCommands(): HeapCommands {
  let held: object[] = [];
  return {
    answer(line) {
      const [, command, count = "0"] = /^(collect|hold|release)(?: (\d+))?$/.exec(line) ?? [];
      if (command === undefined) return undefined;
      if (command === "collect") Bun.gc(true);
      if (command === "hold")
        for (let n = 0; n < Number(count); n++) held.push({ n, text: `held ${n}`, next: held.at(-1) });
      if (command === "release") held = [];
      return { held: held.length };
    },
  };
}
