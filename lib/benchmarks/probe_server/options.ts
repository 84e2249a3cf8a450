import { z } from "zod";
import { bringOptions } from "../../bring/options.ts";
import { pinOption } from "../../measure/pin.ts";
import { commonOptions } from "../../options.ts";
import { amountOption, sizes, times } from "./amounts.ts";
import { Command } from "./target.ts";

const { mcp_url, header, era, timeout, call, calls } = bringOptions;
const bytes = amountOption(sizes);
const time = amountOption(times);

/** In seconds. With less there are fewer starts and calls, and not only fewer rounds. */
export const usualBudget = 30;

export const probeOptions = z
  .strictObject({
    url: mcp_url.describe("probe the MCP server at this URL; a command beside it is what starts that server"),
    ...{ header, era, timeout, call, calls },
    rounds: z
      .int()
      .min(1)
      .max(50)
      .optional()
      .describe(
        "rounds of calls, each with a fresh server (default: as many as the budget lets, 3 at least)",
      ),
    budget: z
      .number()
      .positive()
      .max(3_600)
      .default(usualBudget)
      .describe("seconds after which no more rounds begin"),
    max_start: time.default("2.5s").describe("longest start, until the tools are listed"),
    max_p50: time.optional().describe("longest median of a call, as in 20ms"),
    max_p95: time.optional().describe("longest p95 of a call"),
    max_wait: z
      .number()
      .min(0)
      .max(100)
      .default(25)
      .describe("how much of a slow call a quick one may wait for it, in percent"),
    max_memory: bytes.optional().describe("most resident memory when idle, as in 200MB"),
    max_end: time.default("1s").describe("longest time that it takes to end"),
    max_list: bytes.optional().describe("longest list of tools, as in 20KB"),
    max_leak: bytes
      .optional()
      .describe(
        "most that a call or a session leaves behind (default: what an engine's own code may grow by)",
      ),
    pin: pinOption,
    ...commonOptions("probe_server"),
  })
  .transform((given) => ({ ...given, command: new Command([]) }));

export type Given = z.output<typeof probeOptions>;

export const quick = { rounds: 3, budget: 10 };
