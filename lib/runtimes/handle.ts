import { openHttp } from "./http.ts";
import type { LocalRuntime } from "./runtime.ts";

/** The HTTP server's own handler, called in this process: all of HTTP but the socket. */
export const handle: LocalRuntime = {
  name: "handle",
  base: "json",
  load,
  async open(registry) {
    const [{ toolApp }, { requestHere }] = await load();
    const app = toolApp(registry, { name: "handle", host: "localhost" });
    return openHttp("http://localhost", {
      name: "handle",
      fetch: (url, init) => app.handle(requestHere(url, init)),
    });
  },
};

function load() {
  return Promise.all([import("./server.ts"), import("./requests.ts")]);
}
