import {
  createMcpHandler,
  isInitializeRequest,
  isLegacyRequest,
  type Server,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { RequestFault, readJson } from "../requests.ts";

/** Answers requests of one path. */
export type Answer = (request: Request) => Promise<Response>;

/**
 * Streamable HTTP in both eras, without state: a server for each request. Answers are JSON, as none of ours streams:
 * as events they took 105 to 180 µs more. It checks neither host nor origin.
 */
export function statelessMcp(openServer: () => Server): Answer {
  const modern = createMcpHandler(openServer, { legacy: "reject" });
  return answering(async (request, parsedBody) => {
    // Given a body that is read, the SDK need not read it for the era and then again: 16 to 22 % of a call.
    if (!(await isLegacyRequest(request, parsedBody))) return modern.fetch(request, { parsedBody });
    if (request.method !== "POST")
      throw new RequestFault(405, "Cannot answer: without sessions it takes POST alone", { allow: "POST" });
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
    await openServer().connect(transport);
    return transport.handleRequest(request, { parsedBody });
  });
}

/** As many sessions are kept; a new one ends the oldest. */
const maxSessions = 1_000;

/** Streamable HTTP in the legacy era, a server for each session; a client ends it with DELETE. */
export function sessionMcp(openServer: () => Server): Answer {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();
  const openSession = async () => {
    const transport = new WebStandardStreamableHTTPServerTransport({
      enableJsonResponse: true,
      sessionIdGenerator: () => crypto.randomUUID(),
      async onsessioninitialized(id) {
        sessions.set(id, transport);
        const [[oldest, old] = []] = sessions;
        if (sessions.size <= maxSessions || oldest === undefined) return;
        sessions.delete(oldest);
        await old?.close();
      },
      onsessionclosed: (id) => void sessions.delete(id),
    });
    await openServer().connect(transport);
    return transport;
  };
  return answering(async (request, parsedBody) => {
    const id = request.headers.get("mcp-session-id");
    const transport = id === null ? await openSession() : sessions.get(id);
    if (!transport) throw new RequestFault(404, "Cannot answer: there is no such session");
    return transport.handleRequest(request, { parsedBody });
  });
}

/** The SDK takes it for a fault of its own. */
function checkHandshake(message: unknown): void {
  if (Object(message).method === "initialize" && !isInitializeRequest(message))
    throw new RequestFault(
      400,
      "Cannot answer: initialize takes protocolVersion, capabilities and clientInfo",
    );
}

/** Reads the body of a POST, and answers what came to nothing as all our routes do. */
function answering(answer: (request: Request, body: unknown) => Promise<Response>): Answer {
  return async (request) => {
    try {
      const body = request.method === "POST" ? await readJson(request) : undefined;
      for (const message of Array.isArray(body) ? body : [body]) checkHandshake(message);
      return await answer(request, body);
    } catch (error) {
      if (error instanceof RequestFault) return error.response();
      throw error;
    }
  };
}
