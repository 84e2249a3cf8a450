import { BlockList, isIP } from "node:net";
import { z } from "zod";
import { UsageError } from "../errors.ts";

/** A bearer token. */
export const tokenShape = z
  .string()
  .regex(/^[\x21-\x7e]+$/, "must be printable ASCII without blanks, which a header can carry");

/** The token in an environment, if there is one. Throws a `UsageError` for what can be none. */
export function tokenOf({ SERVE_TOKEN }: NodeJS.ProcessEnv): string | undefined {
  const { data, error } = tokenShape.optional().safeParse(SERVE_TOKEN);
  if (error) throw new UsageError(`Cannot take $SERVE_TOKEN: ${error.issues[0]?.message}`);
  return data;
}

/** Whether what listens there is reached from this machine alone. */
export function isLoopback(host: string): boolean {
  const loopback = new BlockList();
  loopback.addSubnet("127.0.0.0", 8);
  loopback.addAddress("::1", "ipv6");
  const family = isIP(host);
  return host === "localhost" || (family > 0 && loopback.check(host, family === 6 ? "ipv6" : "ipv4"));
}
