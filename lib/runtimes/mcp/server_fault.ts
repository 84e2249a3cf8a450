import {
  ProtocolError,
  SdkErrorCode,
  SdkHttpError,
  SUPPORTED_PROTOCOL_VERSIONS,
} from "@modelcontextprotocol/client";

/** What a server did instead of answering, as a clause about it: "it …". */
export class ServerFault extends Error {
  override readonly name = "ServerFault";
  /** Nobody listens there, the connection has ended, or something else. */
  readonly kind: "refused" | "closed" | "other";
  /** What was asked of it, as in "the handshake". */
  readonly asked: string;

  constructor(asked: string, clause: string, kind: ServerFault["kind"] = "other", options?: ErrorOptions) {
    super(clause, options);
    this.asked = asked;
    this.kind = kind;
  }
}

/** What an error of the SDK, of `fetch` or of a pipe says of the server. */
export function toFault(cause: unknown, asked: string, timeoutMs: number): ServerFault {
  if (cause instanceof ServerFault) return cause;
  const { code, message = String(cause) } = Object(cause);
  const fault = (clause: string, kind?: ServerFault["kind"]) =>
    new ServerFault(asked, clause, kind, { cause });
  if (cause instanceof RangeError) return fault(message);
  if (cause instanceof SdkHttpError)
    return fault(`it answered ${asked} with the HTTP status ${cause.status}`);
  if (cause instanceof ProtocolError) return fault(`it refused ${asked} with "${message}"`);
  if (code === SdkErrorCode.RequestTimeout)
    return fault(`it did not answer ${asked} within ${timeoutMs / 1e3} s`);
  if (code === SdkErrorCode.ConnectionClosed || code === "EPIPE")
    return fault(`it ended the connection before it answered ${asked}`, "closed");
  if (code === SdkErrorCode.InvalidResult)
    return fault(`its answer to ${asked} is none that the protocol allows`);
  if (isRefusal(cause)) return fault("nobody answers there", "refused");
  const [, version] = /protocol version is not supported: (.*)/.exec(message) ?? [];
  if (version !== undefined)
    return fault(
      `it speaks version "${version}" of the protocol, and clients ${SUPPORTED_PROTOCOL_VERSIONS.join(", ")}`,
    );
  if (code === SdkErrorCode.EraNegotiationFailed) return fault(`it does not take ${asked}`);
  return fault(`${asked} failed: ${typeof code === "string" ? code : message}`);
}

/** Whether nobody listens where something was sent. */
export function isRefusal(error: unknown): boolean {
  return ["ConnectionRefused", "ECONNREFUSED"].includes(Object(error).code);
}
