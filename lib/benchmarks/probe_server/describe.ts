import { median } from "../../judge/stats.ts";
import { showFigure, showTime } from "../../report/format.ts";
import type { Said } from "./said.ts";
import { totalOf } from "./start.ts";

/** What was said means, in a line for somebody who watches. */
export function describe(said: Said): string {
  switch (said.kind) {
    case "looked":
      return `${said.server} ${said.version} lists ${said.tools.length} tools, ${said.tools.filter(({ reason }) => reason === null).length} can be called`;
    case "start":
      return `it started, and listed its tools, in ${showTime(totalOf(said.start))}`;
    case "handshake":
      return `the handshake took ${showTime(said.ms)}`;
    case "end":
      return said.ms === null ? "it did not end" : `it ended in ${showTime(said.ms)}`;
    case "junk":
      return `it printed ${said.lines} lines that are no messages`;
    case "memory":
      return `it holds ${showFigure(said.idleBytes, "bytes")} when idle`;
    case "calls":
      return `${said.tool} took ${showTime(median(said.callNs) / 1e6)}, and an empty request ${showTime(median(said.nothingNs) / 1e6)}`;
    case "crowd":
      return `${said.trials.length} calls were made beside slow ones`;
    case "sessions":
      return `each of ${said.count} sessions takes ${showFigure(said.bytesEach, "bytes")}`;
    case "growth":
      return `after ${said.points.at(-1)?.[0] ?? 0} of a ${said.of} it was read ${said.points.length} times`;
  }
}
