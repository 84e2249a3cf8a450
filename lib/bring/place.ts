import { tokenizeArgs } from "args-tokenizer";
import { z } from "zod";
import { type ForeignServer, runtimeNameOf } from "../runtimes/foreign/server.ts";
import type { Era } from "../runtimes/mcp/era.ts";
import type { Secret } from "../secret.ts";

/** What flags say of a server that somebody else wrote. */
interface PlaceGiven {
  readonly mcp_command?: string | undefined;
  readonly mcp_url?: Secret | undefined;
  readonly url?: Secret | undefined;
  readonly header?: Secret | undefined;
  readonly era?: Era | undefined;
  readonly timeout: number;
}

/** Every server of others that was tried speaks it. */
const usualEra: Era = "legacy";

/** Empty for what is no command. */
export function wordsOf(command: string): string[] {
  try {
    return tokenizeArgs(command);
  } catch {
    return [];
  }
}

/** The runtime by which a server is reached that somebody else wrote; `null` for tools in a process of ours. */
export function foreignRuntime({ mcp_command, mcp_url, url, era = usualEra }: PlaceGiven): string | null {
  if (mcp_command !== undefined) return runtimeNameOf("command", era);
  if (mcp_url !== undefined) return runtimeNameOf("mcp_url", era);
  return url === undefined ? null : runtimeNameOf("url", era);
}

const place = z.object({ url: z.string(), headers: z.record(z.string(), z.string()) });

/** What the processes of a run are told by their environment, since their jobs carry no secrets. */
export function secretsOf(given: PlaceGiven): Readonly<Record<string, string>> {
  const secret = given.mcp_url ?? given.url;
  if (!secret) return {};
  const headers = JSON.parse(given.header?.reveal() ?? "{}");
  const told: z.infer<typeof place> = { url: secret.reveal(), headers };
  return {
    BROUGHT_PLACE: JSON.stringify(told),
    ...Object.fromEntries(secretsIn(told).map((one, n) => [`BROUGHT_SECRET_${n}`, one])),
  };
}

/** What a server may repeat of it, by names that `hideSecrets` knows for those of secrets. */
function secretsIn({ url, headers }: z.infer<typeof place>): string[] {
  const { username, password, searchParams } = new URL(url);
  const values = Object.values(headers).flatMap((value) => [value, ...value.split(" ").slice(1)]);
  return [...values, username, password, ...searchParams.values()];
}

/** The server that the flags of this process's run name, with its secrets; `null` for tools in a process of ours. */
export function foreignServer(given: PlaceGiven): ForeignServer | null {
  const { mcp_command, mcp_url, url, era = usualEra, timeout } = given;
  const timeoutMs = timeout * 1e3;
  if (mcp_command !== undefined) return { by: "command", words: wordsOf(mcp_command), era, timeoutMs };
  if (mcp_url === undefined && url === undefined) return null;
  const told = place.parse(JSON.parse(process.env.BROUGHT_PLACE ?? "null"));
  return mcp_url === undefined
    ? { by: "url", place: told, timeoutMs }
    : { by: "mcp_url", place: told, era, timeoutMs };
}
