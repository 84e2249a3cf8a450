/** A process that takes so many percent of a core, 5 ms at a time. */
import { joinParent } from "../lib/child.ts";

const parent = joinParent<number>();
const { value: percent = 0 } = await parent.tells.next();
await parent.say("ready");
const periodMs = 5;
const timer = setInterval(() => {
  const end = performance.now() + (periodMs * percent) / 100;
  while (performance.now() < end);
}, periodMs);
await parent.ended;
clearInterval(timer);
