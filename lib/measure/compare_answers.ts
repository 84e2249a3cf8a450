import { carried } from "../carried.ts";
import type { Case } from "../case.ts";
import { MeasurementError } from "../errors.ts";
import { type Caller, cannotMeasure } from "./caller.ts";

/**
 * Makes one trial of each case on each of the callers, which have made equal calls so far. Throws a `MeasurementError`
 * when their answers, as JSON carries them, differ in more than the case says that they do, or JSON cannot carry one.
 */
export async function compareAnswers(callers: readonly Caller[], cases: readonly Case[]): Promise<void> {
  for (const testCase of cases) {
    const answers: { readonly name: string; readonly answer: unknown }[] = [];
    for (const caller of callers) {
      const series = await caller.open(testCase);
      const { output } = await series.attempt();
      answers.push({ name: caller.runtime.name, answer: mask(carry(output, testCase, caller), testCase) });
      await series.close();
    }
    const [due, ...others] = answers;
    const other = others.find(({ answer }) => !Bun.deepEquals(answer, due?.answer, true));
    if (!due || !other) continue;
    const [said, saidElse] = [due, other].map(({ answer }) => JSON.stringify(answer).slice(0, 300));
    throw new MeasurementError(
      `Cannot compare "${testCase.tool}": ${due.name} answered ${said}, ${other.name} answered ${saidElse}`,
    );
  }
}

function carry(output: unknown, { tool }: Case, { runtime }: Caller): unknown {
  try {
    return carried(output);
  } catch (error) {
    throw cannotMeasure(tool, runtime, error instanceof Error ? error.message : String(error), error);
  }
}

/** Puts the type in place of each text and number that may differ between two runs of the same work. */
function mask(answer: unknown, { varies = [] }: Case): unknown {
  return JSON.parse(JSON.stringify(answer), (key, value) =>
    varies.includes(key) && (typeof value === "string" || typeof value === "number") ? typeof value : value,
  );
}
