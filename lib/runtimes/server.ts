import { Elysia } from "elysia";
import { type ErrorCode, ToolError, UsageError } from "../errors.ts";
import type { Tool, ToolRegistry } from "../registry.ts";
import { checkPlace, checkToken, noRoute, RequestFault, readJson, refusal } from "./requests.ts";

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

export interface ServerOptions extends Partial<AppOptions> {
  readonly port?: number;
  /** The path of a socket to listen on, in place of a host and a port. */
  readonly unix?: string;
}

export interface AppOptions {
  /** The runtime that its answers say they came by, "http" by default. */
  readonly name?: string | undefined;
  /** Where it listens: requests to another host are refused. */
  readonly host: string;
  /** When given, every request must carry it as a bearer token. */
  readonly token?: string | undefined;
  /** Answers what comes to /mcp. */
  readonly mcp?: ((request: Request) => Promise<Response>) | undefined;
}

export interface ToolServer extends AsyncDisposable {
  readonly url: string;
}

/**
 * Serves a registry over HTTP, by default on a free port of 127.0.0.1. Closing it drops open connections.
 * Throws a `UsageError` for a place where it cannot listen.
 */
export function serveTools(registry: ToolRegistry, options: ServerOptions = {}): ToolServer {
  const { host = "127.0.0.1", port = 0, unix } = options;
  const place = unix ?? `${host}:${port}`;
  const app = toolApp(registry, { ...options, host });
  try {
    // Elysia shares a port by default: a second server would answer every other request, from a queue of its own.
    app.listen(unix === undefined ? { hostname: host, port, reusePort: false } : { unix });
  } catch (error) {
    throw new UsageError(`Cannot listen on ${place}: ${error instanceof Error ? error.message : error}`);
  }
  const { server } = app;
  if (!server) throw new Error(`Cannot listen on ${place}: Elysia gave no server`);
  return { url: server.url.origin, [Symbol.asyncDispose]: () => server.stop(true) };
}

/** The routes to the tools of a registry. */
export function toolApp(registry: ToolRegistry, { name = "http", host, token, mcp }: AppOptions) {
  const proof = { runtime: name, pid: process.pid };
  let calls = 0;
  const checks = [checkPlace(host), ...(token === undefined ? [] : [checkToken(token)])];
  // The length of a body is looked at where it is read: the server's own refusal has no body.
  const serve = { maxRequestBodySize: Number.MAX_SAFE_INTEGER, development: false };
  const app = new Elysia({ serve })
    .onError(({ code, error, request, status }) => {
      const fault = code === "NOT_FOUND" ? noRoute(request, registry) : error;
      if (fault instanceof ToolError)
        return status(errorStatus[fault.code], refusal(fault.code, fault.message));
      if (fault instanceof RequestFault) return fault.response();
      console.error(fault);
      return status(500, refusal("internal", "Cannot answer: the server has a fault, its log has the stack"));
    })
    .onRequest(({ request }) => {
      for (const check of checks) check(request);
    })
    .get("/health", () => ({ status: "ok", ...proof, calls }))
    .get("/tools", () => registry.list());
  if (mcp) app.all("/mcp", ({ request }) => mcp(request), { parse: "none" });

  const answer = async (request: Request, find: () => Tool) => {
    const input = await readJson(request);
    calls += 1;
    const count = calls;
    return { output: await find().call(input), ...proof, calls: count };
  };
  // A route for each tool, because matching a parameter costs about 3 % of the requests per second; and no body parser
  // of Elysia's, which costs a hook a request and answers a wrong content type with 400.
  for (const tool of registry)
    app.post(`/tools/${tool.name}`, ({ request }) => answer(request, () => tool), { parse: "none" });
  // Its parameter is decoded, the paths of routes are not: it also takes what a client has encoded without need.
  return app.post("/tools/:name", ({ request, params }) => answer(request, () => registry.get(params.name)), {
    parse: "none",
  });
}
