import { comparePlaces, type Place } from "./jobs.ts";

interface Waiting {
  readonly type: string;
  readonly place: Place;
}

/** The tasks that may start now, one line per type, each in bunqueue's order. A task's place must not change within. */
export class TaskBacklog<T extends Waiting> {
  readonly #lines = new Map<string, T[]>();

  add(task: T): void {
    const line = this.#lines.get(task.type) ?? [];
    this.#lines.set(task.type, line);
    line.splice(ahead(line, task.place), 0, task);
  }

  /** Answers whether it was there. */
  remove(task: T): boolean {
    const line = this.#lines.get(task.type) ?? [];
    const at = ahead(line, task.place);
    if (line[at] !== task) return false;
    line.splice(at, 1);
    return true;
  }

  /** The task to start first, of those types; of all types when none is named. */
  first(types: ReadonlySet<string>): T | undefined {
    let first: T | undefined;
    for (const [type, [head]] of this.#lines) {
      if (!head || (types.size > 0 && !types.has(type))) continue;
      if (!first || comparePlaces(head.place, first.place) < 0) first = head;
    }
    return first;
  }

  /** How many tasks would start before one at that place. */
  ahead(place: Place): number {
    let sum = 0;
    for (const line of this.#lines.values()) sum += ahead(line, place);
    return sum;
  }
}

function ahead(line: readonly Waiting[], place: Place): number {
  let [low, high] = [0, line.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const task = line[middle];
    if (task && comparePlaces(task.place, place) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
