import { describe, expect, test } from "bun:test";
import { allCases } from "../lib/cases.ts";
import { ToolRegistry } from "../lib/registry.ts";
import { openHttp } from "../lib/runtimes/http.ts";
import { serveTools } from "../lib/runtimes/server.ts";
import { gone, readUntil, runScript, startScript } from "./run_script.ts";

describe("serve", () => {
  test("says where it serves all tools, and leaves nothing behind on Ctrl-C", async () => {
    await using script = startScript("serve", "--peers", "2");
    const [url] = await readUntil(script.stdout, /http:\/\/127\.0\.0\.1:\d+/);
    const runtime = await openHttp(url);
    expect(await runtime.list()).toBeArrayOfSize(allCases.length);
    expect((await runtime.call("queue_stats", {})).output).toMatchObject({ status: "active" });
    const children = Bun.spawnSync(["pgrep", "-P", String(script.pid)])
      .stdout.toString()
      .trim()
      .split("\n");
    expect(children).toBeArrayOfSize(1);
    script.kill("SIGINT");
    expect(await script.exited).toBe(0);
    await Promise.all(children.map((pid) => gone(Number(pid))));
    await expect(runtime.call("queue_stats", {})).rejects.toMatchObject({ code: "unreachable" });
  }, 20_000);

  test("asks for its token, and never tells it", async () => {
    await using script = startScript("serve", "--peers", "2", "--token", "open-sesame");
    const [url] = await readUntil(script.stdout, /http:\/\/127\.0\.0\.1:\d+/);
    expect((await fetch(`${url}/tools`)).status).toBe(401);
    expect(await (await openHttp(url, { token: "open-sesame" })).list()).toBeArrayOfSize(allCases.length);
    script.kill("SIGTERM");
    await script.exited;
    expect(await new Response(script.stderr).text()).toBe("");
  }, 20_000);

  test("takes $SERVE_TOKEN for its token, and refuses what no header can carry", async () => {
    const env = (token: string) => ({ ...process.env, SERVE_TOKEN: token });
    const path = new URL("../scripts/serve.ts", import.meta.url).pathname;
    const start = (token: string) =>
      Bun.spawn([process.execPath, path, "--peers", "2"], {
        env: env(token),
        stdout: "pipe",
        stderr: "pipe",
      });
    await using script = start("open-sesame");
    const [url] = await readUntil(script.stdout, /http:\/\/127\.0\.0\.1:\d+/);
    expect((await fetch(`${url}/tools`)).status).toBe(401);
    expect(await (await openHttp(url, { token: "open-sesame" })).list()).toBeArrayOfSize(32);
    script.kill("SIGTERM");
    await using wrong = start("open sesame");
    expect(await wrong.stderr.text()).toMatch(/^Cannot take \$SERVE_TOKEN: must be printable ASCII.*\n$/);
    expect([await script.exited, await wrong.exited]).toEqual([0, 2]);
  }, 20_000);

  test.each(["0.0.0.0", "::", "192.168.1.1", "example.org"])(
    "refuses to listen on %s without a token",
    async (host) => {
      const { stdout, stderr, code } = await runScript("serve", "--host", host);
      expect(stderr).toBe(
        `Cannot listen on "${host}": it is beyond loopback, which takes a --token or $SERVE_TOKEN\n`,
      );
      expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
    },
  );

  test("says in one line that a port is taken", async () => {
    await using taken = serveTools(new ToolRegistry([]));
    const { port } = new URL(taken.url);
    const { stderr, code } = await runScript("serve", "--peers", "2", "--port", port);
    expect(stderr).toMatch(/^Cannot listen on 127\.0\.0\.1:\d+: .*\n$/);
    expect(code).toBe(2);
  }, 20_000);
});
