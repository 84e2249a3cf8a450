/** The process that looks at what was brought, so that what is called there runs in none that is measured. */
import { doJob } from "../job.ts";
import { openCalled } from "./called.ts";
import type { LookTask } from "./look.ts";
import { readToolsFile } from "./own_tools.ts";
import { type CallPlan, planCalls } from "./plan.ts";

await doJob<LookTask, CallPlan>(async ({ given, only }, { opened, say }) => {
  const { tools, call: asked, seed, timeout } = given;
  const own = tools === undefined ? [] : (await readToolsFile(tools)).cases;
  const open = async () => {
    const opening = opened.use(new AsyncDisposableStack());
    const [runtime] = await openCalled(given, {}, opening);
    if (!runtime) throw new RangeError("Cannot look at anything: there is no runtime");
    return { ...runtime, [Symbol.asyncDispose]: () => opening.disposeAsync() };
  };
  say(await planCalls(open, { asked, only, own, seed, timeoutMs: timeout * 1e3 }));
});
