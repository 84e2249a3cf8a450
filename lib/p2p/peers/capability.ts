import { CID } from "multiformats/cid";
import * as raw from "multiformats/codecs/raw";
import { sha256 } from "multiformats/hashes/sha2";

const prefix = "/tool-runtime-benchmarks/capability/";
const version = "/1.0.0";

/** The protocol that a peer with this capability speaks; the identify exchange of a connection lists it. */
export function capabilityProtocol(capability: string): string {
  return prefix + capability + version;
}

/** The capabilities among the protocols that a peer speaks, in alphabetical order. */
export function capabilitiesOf(protocols: readonly string[]): string[] {
  return protocols
    .filter((protocol) => protocol.startsWith(prefix) && protocol.endsWith(version))
    .map((protocol) => protocol.slice(prefix.length, -version.length))
    .sort();
}

/** The DHT key under which the peers with this capability are found: CID v1, raw, sha-256 of "capability:NAME". */
export async function capabilityKey(capability: string): Promise<CID> {
  const name = new TextEncoder().encode(`capability:${capability}`);
  return CID.createV1(raw.code, await sha256.digest(name));
}
