import { z } from "zod";
import { someOf } from "../options.ts";
import type { Arm } from "../runtimes/arms.ts";
import { shownUrl } from "../runtimes/foreign/server.ts";
import { eras } from "../runtimes/mcp/era.ts";
import { Secret } from "../secret.ts";
import { callOptions } from "./asked_calls.ts";
import { foreignRuntime, wordsOf } from "./place.ts";
import type { CallPlan } from "./plan.ts";

/** A URL of which only the place is shown: its user and what it asks for may be secrets. */
class SecretUrl extends Secret {
  override toJSON(): string {
    return shownUrl(this.reveal());
  }
}

const url = z
  .string()
  .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ""), "it is no URL of http or https")
  .transform((text) => new SecretUrl(text))
  .optional();

const field = /^([\w!#$%&'*+.^`|~-]+):[\t ]*([\t\x20-\x7e]*)$/;

const headers = z
  .array(z.string().regex(field, "must be 'Name: value', of printable ASCII"))
  .transform((lines) => {
    const fields = lines.map((line) => field.exec(line)?.slice(1));
    return new Secret(JSON.stringify(Object.fromEntries(fields.filter((one) => one !== undefined))));
  })
  .optional();

/** The flags that put tools of the user's in place of ours, which processes of ours serve, and say how they are called. */
export const ownToolsOptions = {
  tools: z
    .string()
    .min(1)
    .optional()
    .describe("measure the tools that this module exports, in place of ours"),
  timeout: z
    .number()
    .positive()
    .max(3600)
    .default(30)
    .describe("longest wait for a server's start and for one call, in seconds"),
  ...callOptions,
};

/** The same, and those that put a server of somebody else's there. */
export const bringOptions = {
  ...ownToolsOptions,
  mcp_command: z
    .string()
    .refine((text) => wordsOf(text).length > 0, "it is no command, or a quote in it is not closed")
    .optional()
    .describe("measure the MCP server that this command starts, by its standard input and output"),
  mcp_url: url.describe("measure the MCP server at this URL, over Streamable HTTP"),
  url: url.describe("measure the server at this URL that has GET /tools and POST /tools/NAME"),
  header: headers.describe("send this with each request, as in 'Authorization: Bearer …'; may be repeated"),
  era: z.enum(eras).default("legacy").describe("of the protocol, in which an MCP server is spoken to"),
};

/** Why a benchmark does not take those flags, or those of servers alone, as a clause for each. */
export function refusing(why: string, refused: "all" | "servers" = "servers"): Record<string, string> {
  const flags = Object.keys(bringOptions).filter((flag) => refused === "all" || !(flag in ownToolsOptions));
  return Object.fromEntries(flags.map((flag) => [flag.replace("_", "-"), why]));
}

/** What those flags give; a benchmark may take the first of them alone. */
export type BringGiven = z.output<z.ZodObject<typeof ownToolsOptions>> &
  Partial<z.output<z.ZodObject<typeof bringOptions>>>;

const places = ["tools", "mcp_command", "mcp_url", "url"] as const;

/** Whether somebody else's tools are called in place of ours. */
export function isBrought(given: BringGiven): boolean {
  return places.some((place) => given[place] !== undefined);
}

/** Which flag does not go with the others, and why. */
function faultOf(given: BringGiven): { readonly flag: string; readonly why: string } | null {
  const [first, second] = places.filter((place) => given[place] !== undefined);
  const all = places.map(flagOf).join(", ");
  if (first !== undefined && second !== undefined)
    return { flag: second, why: `a run measures one of ${flagOf(first)} and ${flagOf(second)}` };
  if (first === undefined && given.call.length > 0) return { flag: "call", why: `it goes with ${all}` };
  if (first === undefined && given.calls !== undefined) return { flag: "calls", why: `it goes with ${all}` };
  const hasPlace = given.url !== undefined || given.mcp_url !== undefined;
  return given.header && !hasPlace ? { flag: "header", why: "it goes with --mcp-url and --url" } : null;
}

function flagOf(place: string): string {
  return `--${place.replace("_", "-")}`;
}

interface Measured {
  /** Those to measure, where the benchmark has such a flag. */
  readonly tool?: readonly string[] | undefined;
  readonly runtimes: readonly Arm[];
  /** Where the benchmark holds all of them against one. */
  readonly reference?: string;
}

/**
 * What the options of a benchmark become that measures these tools of ours, or what was brought in their place: a server
 * of somebody else's has a runtime of its own alone. Which of its tools are measured is known once it was looked at.
 */
export function oursOrBrought<Given extends BringGiven & Measured>(ours: readonly string[] = []) {
  return (given: Given, context: z.core.$RefinementCtx): Given & CallPlan => {
    const plan: CallPlan = { called: [], left_out: [] };
    const fault = faultOf(given);
    if (fault) {
      context.addIssue({ code: "custom", message: fault.why, path: [fault.flag] });
      return z.NEVER;
    }
    const runtime = foreignRuntime(given);
    if (runtime !== null)
      return {
        ...{ ...given, ...plan, runtimes: [{ name: runtime, runtime }] },
        ...(given.reference !== undefined && { reference: runtime }),
      };
    if (isBrought(given) || given.tool === undefined) return { ...given, ...plan };
    const { data, error } = someOf(ours).safeParse(given.tool);
    if (data) return { ...given, ...plan, tool: data };
    for (const { message } of error.issues) context.addIssue({ code: "custom", message, path: ["tool"] });
    return z.NEVER;
  };
}
