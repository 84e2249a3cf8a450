import { createHash, timingSafeEqual } from "node:crypto";
import { Elysia } from "elysia";
import { type ErrorCode, ToolError, UsageError } from "../errors.ts";
import type { ToolRegistry } from "../tools/registry.ts";

const maxBodyBytes = 1024 * 1024;

const errorStatus = {
  unknown_tool: 404,
  invalid_input: 422,
  not_found: 404,
  already_exists: 409,
  conflict: 409,
  confirmation_required: 428,
  timeout: 504,
  unreachable: 502,
  internal: 500,
} as const satisfies Record<ErrorCode, number>;

export interface ServerOptions {
  readonly host?: string;
  readonly port?: number;
  /** When given, every request must carry it as a bearer token. */
  readonly token?: string | undefined;
}

export interface ToolServer extends AsyncDisposable {
  readonly url: string;
}

/**
 * Serves a registry over HTTP, by default on a free port of 127.0.0.1. Closing it drops open connections.
 * Throws a `UsageError` for a place where it cannot listen.
 */
export function serveTools(registry: ToolRegistry, options: ServerOptions = {}): ToolServer {
  const { host = "127.0.0.1", port = 0, token } = options;
  const proof = { runtime: "http", pid: process.pid };
  let calls = 0;

  const app = new Elysia({ serve: { maxRequestBodySize: maxBodyBytes, development: false } }).onError(
    ({ code, error, request, status }) => {
      if (error instanceof ToolError)
        return status(errorStatus[error.code], refusal(error.code, error.message));
      if (error instanceof RequestFault) return status(error.status, refusal("invalid_input", error.message));
      if (code === "NOT_FOUND") return status(404, refusal("unknown_tool", noRoute(request)));
      console.error(error);
      return status(500, refusal("internal", "Cannot answer: the server has a fault, its log has the stack"));
    },
  );
  if (token !== undefined) app.onRequest(({ request }) => requireToken(request, token));

  app.get("/health", () => ({ status: "ok", ...proof, calls })).get("/tools", () => registry.list());
  // A route for each tool, because matching a parameter costs about 3 % of the requests per second; and no body parser
  // of Elysia's, which costs a hook a request and answers a wrong content type with 400.
  for (const tool of registry) {
    const answer = async ({ request }: { request: Request }) => {
      const input = await readJson(request);
      calls += 1;
      const count = calls;
      return { output: await tool.call(input), ...proof, calls: count };
    };
    app.post(`/tools/${tool.name}`, answer, { parse: "none" });
  }
  const refuse = ({ params }: { params: { name: string } }) => {
    calls += 1;
    registry.get(params.name);
  };
  app.post("/tools/:name", refuse, { parse: "none" });
  try {
    app.listen({ hostname: host, port });
  } catch (error) {
    throw new UsageError(
      `Cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : error}`,
    );
  }
  const { server } = app;
  if (!server) throw new Error(`Cannot listen on ${host}:${port}: Elysia gave no server`);
  return { url: server.url.origin, [Symbol.asyncDispose]: () => server.stop(true) };
}

/** A request that never reached a tool. */
class RequestFault extends Error {
  readonly status: 400 | 401 | 415;

  constructor(status: 400 | 401 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

function refusal(code: string, message: string) {
  return { error: { code, message } };
}

async function readJson(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type");
  if (type !== "application/json" && !/^application\/json\s*(;|$)/i.test(type ?? ""))
    throw new RequestFault(415, "Cannot read the body: its content type must be application/json");
  try {
    return await request.json();
  } catch (error) {
    throw new RequestFault(400, `Cannot read the body as JSON: ${String(error).slice(0, 100)}`);
  }
}

function noRoute(request: Request): string {
  const path = (URL.parse(request.url)?.pathname ?? "that").slice(0, 64);
  return `Cannot find ${request.method} ${path}: there are GET /health, GET /tools and POST /tools/NAME`;
}

/** Compares digests, so that the time it takes says nothing of the token. */
function requireToken(request: Request, token: string): void {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const carried = digest(request.headers.get("authorization") ?? "");
  if (!timingSafeEqual(carried, digest(`Bearer ${token}`)))
    throw new RequestFault(401, "Cannot answer: the bearer token is missing or wrong");
}
