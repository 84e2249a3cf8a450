/** How glad somebody is of a verdict: each view has a colour and a mark for it. */
export type Tone = "good" | "bad" | "unsure";

const tones: Readonly<Record<string, Tone>> = {
  ...{ met: "good", valid: "good", passed: "good", found: "good", "no leak": "good" },
  ...{ missed: "bad", invalid: "bad", failed: "bad", leak: "bad" },
};

/** The tone of a verdict by its first words, as in "leak, Map 1.0 a call" and "met (above the range)". */
export function toneOf(status: string): Tone {
  const [, words = ""] = /^([a-z ]+?)(?:,| \(|$)/.exec(status) ?? [];
  return (Object.hasOwn(tones, words) ? tones[words] : undefined) ?? "unsure";
}
