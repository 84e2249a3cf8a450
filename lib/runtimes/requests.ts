import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { ErrorCode } from "../errors.ts";
import type { ToolRegistry } from "../registry.ts";

const maxBodyBytes = 1024 * 1024;

/** A request that never reached a tool. */
export class RequestFault extends Error {
  readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 415;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: RequestFault["status"], message: string, headers: RequestFault["headers"] = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }

  response(): Response {
    const { status, headers, message } = this;
    return Response.json(refusal(status === 404 ? "unknown_tool" : "invalid_input", message), {
      status,
      headers,
    });
  }
}

/** What a request that came to nothing is answered. */
export function refusal(code: ErrorCode, message: string) {
  return { error: { code, message } };
}

/** Throws a `RequestFault` for what must not reach a handler. */
export type Check = (request: Request) => void;

const loopback = ["127.0.0.1", "localhost", "[::1]"];

/**
 * Lets pass what names this machine, or the `host` that the server was told to listen on. A web page that has its own
 * name resolve to 127.0.0.1 still sends that name; what it knows by an address alone, it cannot have rebound.
 */
export function checkPlace(host: string): Check {
  const named = host.includes(":") ? `[${host}]` : host;
  const names = new Set([...loopback, named.toLowerCase()]);
  const everywhere = host === "0.0.0.0" || host === "::";
  const isOurs = (name: string | undefined) =>
    name !== undefined && (names.has(name) || (everywhere && isIP(name.replace(/^\[|\]$/g, "")) > 0));
  return ({ headers }) => {
    const to = headers.get("host") ?? "";
    if (!names.has(to) && !isOurs(to.replace(/:\d{1,5}$/, "").toLowerCase()))
      throw new RequestFault(
        403,
        `Cannot answer: the request is to host "${to.slice(0, 64)}", this one is ${named}`,
      );
    const from = headers.get("origin");
    if (from !== null && !isOurs(URL.parse(from)?.hostname))
      throw new RequestFault(403, `Cannot answer: a page of "${from.slice(0, 64)}" may not call tools here`);
  };
}

/** Lets pass what carries the bearer token. Compares digests, so that the time it takes says nothing of it. */
export function checkToken(token: string): Check {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const due = digest(token);
  return ({ headers }) => {
    const [, carried = ""] = headers.get("authorization")?.match(/^bearer +(.*)$/i) ?? [];
    if (!timingSafeEqual(digest(carried), due))
      throw new RequestFault(401, "Cannot answer: the bearer token is missing or wrong", {
        "www-authenticate": 'Bearer realm="tools"',
      });
  };
}

/** A request that nobody sends, with the headers of one that a client has sent to this machine. */
export function requestHere(url: string | URL, init: RequestInit = {}): Request {
  const headers = new Headers(init.headers);
  headers.set("host", "localhost");
  if (typeof init.body === "string") headers.set("content-length", `${Buffer.byteLength(init.body)}`);
  return new Request(String(url), { ...init, headers });
}

/** Reads a body of at most 1 MiB. The rest of a longer one is left unread, and its connection closed. */
export async function readJson(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type");
  if (type !== "application/json" && !/^application\/json\s*(;|$)/i.test(type ?? ""))
    throw new RequestFault(415, "Cannot read the body: its content type must be application/json");
  const told = request.headers.get("content-length");
  if (Number(told) > maxBodyBytes) throw tooLong();
  try {
    return told === null ? JSON.parse(await readChunks(request)) : await request.json();
  } catch (error) {
    if (error instanceof RequestFault) throw error;
    throw new RequestFault(400, `Cannot read the body as JSON: ${String(error).slice(0, 100)}`);
  }
}

async function readChunks({ body }: Request): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw tooLong();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function tooLong(): RequestFault {
  return new RequestFault(413, "Cannot read the body: it is over 1 MiB", { connection: "close" });
}

/** Why no route took a request: its path is of none, or its method is. */
export function noRoute({ method, url }: Request, registry: ToolRegistry): RequestFault {
  const path = URL.parse(url)?.pathname ?? "that";
  const allow = methodOf(path, registry);
  const what = `${method} ${path.slice(0, 64)}`;
  return allow === undefined
    ? new RequestFault(404, `Cannot find ${what}: there are GET /health, GET /tools and POST /tools/NAME`)
    : new RequestFault(405, `Cannot answer ${what}: it takes ${allow} alone`, { allow });
}

function methodOf(path: string, registry: ToolRegistry): string | undefined {
  if (path === "/health" || path === "/tools") return "GET";
  return [...registry].some(({ name }) => path === `/tools/${encodeURIComponent(name)}`) ? "POST" : undefined;
}
