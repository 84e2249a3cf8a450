import { inspect } from "node:util";

/** A text that no log, error or result file shows: only `reveal` tells it. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  /** JSON leaves it out. */
  toJSON(): string | undefined {
    return undefined;
  }

  [inspect.custom](): string {
    return "Secret";
  }
}

/** Variables of an environment that are named like secrets. A shorter value would stand in other words too. */
const telling = /KEY|TOKEN|SECRET|PASS|AUTH|CREDENTIAL/i;
const shortest = 8;

/** A text that others may have had a say in, with `***` for each secret of the environment. */
export function hideSecrets(text: string): string {
  const own = Object.entries(process.env).flatMap(([name, value = ""]) => (telling.test(name) ? value : []));
  const long = own.filter(({ length }) => length >= shortest);
  // The longest first, as one may be a part of another.
  return long
    .sort((a, b) => b.length - a.length)
    .reduce((hidden, one) => hidden.replaceAll(one, "***"), text);
}
