import { isIPv4, isIPv6 } from "node:net";
import { z } from "zod";
import { Secret } from "../../secret.ts";

/** The flags of a script whose work a bunqueue server may spread. */
export const brokerOptions = {
  broker: z
    .string()
    .refine(
      (address) => parseAddress(address) !== undefined,
      "must be host:port, like 127.0.0.1:6789 or [::1]:6789",
    )
    .optional()
    .describe("bunqueue server (host:port) through which tasks and workflow steps run, here and elsewhere"),
  broker_token: z
    .string()
    .regex(/^[\x21-\x7e]{1,1024}$/, "must be printable ASCII without blanks")
    .transform((text) => new Secret(text))
    .optional()
    .describe("token that the broker asks for (default: $BROKER_TOKEN, which ps does not show)"),
};

/** The host and the port of "host:port", or nothing if it is no such thing. */
export function parseAddress(address: string): { host: string; port: number } | undefined {
  const [, ipv6, name, digits] = address.match(/^(?:\[([\da-f:.]+)\]|([a-z\d.-]+)):([1-9]\d{0,4})$/i) ?? [];
  const host = ipv6 ?? name;
  const port = Number(digits);
  if (host === undefined || port > 65_535) return undefined;
  const isHost = ipv6 === undefined ? isHostName(host) : isIPv6(ipv6);
  return isHost ? { host, port } : undefined;
}

/** RFC 1123, IPv4 addresses included; four numbers that are no address are no name either. */
function isHostName(name: string): boolean {
  const labels = name.split(".");
  if (name.length > 253 || !labels.every((label) => /^(?!-)[a-z\d-]{1,63}(?<!-)$/i.test(label))) return false;
  return !/^\d+$/.test(labels.at(-1) ?? "") || isIPv4(name);
}
