import { z } from "zod";

const percent = z.number().nullable();

/** What a run was bound to, and how far it was disturbed; `null` where the system does not tell, or nobody watched. */
export const noiseSchema = z.strictObject({
  pin: z.enum(["same", "apart", "none"]).describe("how client and servers were bound to cores"),
  cores: z.array(z.int().min(0)).describe("those that they could run on"),
  threads: z.int().min(0).describe("that were bound, in all processes"),
  refused: z.int().min(0).describe("threads that stayed where they were"),
  others_percent: percent.describe("of the time of those cores, what other processes took"),
  stolen_percent: percent.describe("of the time of those cores, what the host of a virtual machine took"),
  waited_percent: percent.describe(
    "of the time that threads ran or were ready to, what they waited, for each other too",
  ),
  involuntary_switches_per_s: percent.describe("how often a core was taken from a thread"),
});

export type ResultNoise = z.infer<typeof noiseSchema>;
