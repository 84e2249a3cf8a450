import type { Case } from "../case.ts";
import type { JsonObject } from "../fields.ts";
import { fillIn } from "./asked_calls.ts";

/** How a tool of somebody else's is called, and what was seen of its answers. */
export interface BroughtCall {
  readonly tool: string;
  /** What it is called with; `null` where the module of the tool has a case for it. */
  readonly input: JsonObject | null;
  /** What is timed, in words. */
  readonly branch: string;
  /** The runtime by which the tool is best reached. */
  readonly home: string;
  /** Fields of its answers that differed from one call to the next. */
  readonly varies: readonly string[];
  /** It takes tens of milliseconds. */
  readonly slow: boolean;
}

/** Calls with one input, filled in each time. Whoever made it knows nothing of the answer but that it must be no failure. */
export function caseOf({ tool, input, branch, varies, slow }: Omit<BroughtCall, "home">): Case {
  return {
    ...{ tool, branch, varies, ...(slow && { slow: true as const }) },
    open: () => ({ prepare: (serial) => ({ input: fillIn(input ?? {}, serial), expect: {} }) }),
  };
}

/** The names of the fields, at any depth, whose text or number is another one in the other answer. */
export function differingFields(one: unknown, other: unknown): string[] {
  const names = new Set<string>();
  const compare = (a: unknown, b: unknown, name: string) => {
    if (typeof a !== "object" || a === null) {
      if (a !== b) names.add(name);
      return;
    }
    for (const [key, value] of Object.entries(a)) compare(value, Object(b)[key], key);
  };
  compare(one, other, "");
  return [...names];
}
