/** Do MCP clients that nobody here wrote list and call every tool of `serve --mcp`, and does it conform? */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { type Case, misfit } from "../lib/case.ts";
import { allCases } from "../lib/cases.ts";
import { openHttp } from "../lib/runtimes/http.ts";
import { readUntil, startScript } from "../test/run_script.ts";

const inspector = "@modelcontextprotocol/inspector@2.12.0";
const conformance = "@modelcontextprotocol/conformance@0.2.0-alpha.12";
/** These must be in the suite; the baseline names all that need not pass whole, and why. */
const scenarios = [
  "server-initialize",
  "ping",
  "tools-list",
  "http-header-validation",
  "dns-rebinding-protection",
];
const script = new URL("../scripts/serve.ts", import.meta.url).pathname;
const eras = ["legacy", "modern"];

const startMs = performance.now();
await using opened = new AsyncDisposableStack();
// The Inspector writes to its user's home.
const home = await mkdtemp(join(tmpdir(), "mcp-clients-"));
opened.defer(() => rm(home, { recursive: true, force: true }));
// Started by npx, each call would take half a second more.
const { text: bin } = await run(["npx", "-y", "-p", inspector, "-c", "command -v mcp-inspector"]);

const stdio = [process.execPath, script, "--mcp", "stdio", "--peers", "2"];
const listed = z.object({ result: z.object({ tools: z.array(z.object({ name: z.string() })) }) });
const called = z.object({
  result: z.object({ isError: z.literal(false).optional(), structuredContent: z.unknown() }),
});
const faults: string[] = [];

const half = Math.ceil(allCases.length / 2);
// Each ends before anything is thrown: what it has started would stay.
const halves = [inspect(allCases.slice(0, half), eras), inspect(allCases.slice(half), [])];
for (const ending of await Promise.allSettled(halves)) if (ending.status === "rejected") throw ending.reason;
await conform();

for (const fault of faults) console.error(fault);
console.log(
  `${allCases.length} tools called by the Inspector, and the conformance suite: ${faults.length} faults in ${((performance.now() - startMs) / 1e3).toFixed(0)} s`,
);
process.exitCode = faults.length > 0 ? 1 : 0;

/** Lists the tools in these eras, over both transports, and calls one for each case on a server of its own. */
async function inspect(cases: readonly Case[], eras: readonly string[]): Promise<void> {
  await using server = startScript("serve", "--mcp", "http");
  const [url] = await readUntil(server.stdout, /http:\S+\/mcp(?=\n)/);
  for (const era of eras)
    for (const target of [stdio, [url, "--transport", "http"]]) {
      const { code, text } = await cli(target, "--protocol-era", era, "--method", "tools/list");
      const names = code === 0 ? listed.parse(JSON.parse(text)).result.tools : [];
      if (names.length !== allCases.length)
        faults.push(`it listed ${names.length} tools (${era}, ${target[0]}): ${text}`);
    }
  await using runtime = await openHttp(new URL(url).origin);
  for (const [serial, testCase] of cases.entries()) {
    const session = await testCase.open(
      async (tool, input) => (await runtime.call(tool, input)).output,
      2 * serial,
    );
    const trial = await session.prepare(2 * serial + 1);
    const input = ["--tool-args-json", JSON.stringify(trial.input)];
    const call = ["--method", "tools/call", "--tool-name", testCase.tool, ...input];
    const { code, text } = await cli([url, "--transport", "http"], ...call);
    const wrong =
      code === 0 ? misfit(trial.expect, called.parse(JSON.parse(text)).result.structuredContent) : text;
    if (wrong !== null) faults.push(`the call of ${testCase.tool} ended with ${code}: ${wrong}`);
    await trial.restore?.();
    await session.close?.();
  }
}

function cli(target: readonly string[], ...flags: readonly string[]) {
  return run(["node", bin.trim(), "--cli", ...target, ...flags, "--format", "json"], { HOME: home });
}

/** The suite needs a newer Node than many have, and runs on Bun. */
async function conform(): Promise<void> {
  await using server = startScript("serve", "--mcp", "http", "--peers", "2");
  const [url] = await readUntil(server.stdout, /http:\S+\/mcp(?=\n)/);
  const baseline = new URL("mcp_conformance.yml", import.meta.url).pathname;
  const suite = [conformance, "server", "--url", url, "--suite", "all", "--expected-failures", baseline];
  const { code, text } = await run([process.execPath, "x", "--bun", ...suite]);
  if (code !== 0) faults.push(`the conformance suite ended with ${code}: ${text.slice(-2_000)}`);
  const passed = new RegExp(`✓ (${scenarios.join("|")}): [1-9]\\d* passed, 0 failed`, "g");
  const count = new Set(text.match(passed)).size;
  if (count !== scenarios.length) faults.push(`${count} of ${scenarios.join(", ")} passed whole`);
}

async function run(command: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const env = { ...process.env, ...more };
  await using child = Bun.spawn([...command], {
    env,
    cwd: home,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [text, errors, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, text: code === 0 ? text : text + errors };
}
