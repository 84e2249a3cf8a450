import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A piece of a page that somebody who follows it does something with. */
export interface Step {
  /** The heading it stands under. */
  readonly section: string;
  readonly kind: "file" | "diff" | "command";
  /** Where the file goes; nothing for others. */
  readonly path: string;
  readonly text: string;
}

/** The steps of a page of docs, in its order: files, named behind ```ts, changes to files, and lines of shell. */
export function readSteps(page: string): Step[] {
  const text = readFileSync(join(import.meta.dir, "..", "docs", page), "utf8");
  return text.split(/^## /m).flatMap((part) => {
    const [section = ""] = part.split("\n");
    const blocks = [...part.matchAll(/^```(ts|diff|sh)(?: (\S+))?\n(.*?)^```$/gms)];
    return blocks.flatMap(([, language, path = "", text = ""]): Step[] => {
      if (language === "ts") return [{ section, kind: "file", path, text }];
      if (language === "diff") return [{ section, kind: "diff", path: "", text }];
      const lines = text.split("\n").filter((line) => line !== "");
      return lines.map((line) => ({ section, kind: "command", path: "", text: line }));
    });
  });
}
