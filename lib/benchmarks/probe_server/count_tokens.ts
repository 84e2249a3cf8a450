import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The tokenizer that is used where it is installed: where the probe is run, or beside it. */
const tokenizer = "js-tiktoken";
export const encoding = "o200k_base";

/** How many tokens a text has for a model; `null` where no tokenizer is installed. */
export async function countTokens(text: string): Promise<number | null> {
  const home = findHome(process.cwd()) ?? findHome(import.meta.dir);
  if (home === null) return null;
  const { getEncoding } = await import(Bun.resolveSync(tokenizer, home));
  // A text may hold what is a command to a model; here it is text.
  return getEncoding(encoding).encode(text, [], []).length;
}

/** The folder up from here that has it installed. To ask Bun for a package that is not there might install it. */
function findHome(folder: string): string | null {
  if (existsSync(join(folder, "node_modules", tokenizer))) return folder;
  return dirname(folder) === folder ? null : findHome(dirname(folder));
}
