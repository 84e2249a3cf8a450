import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { UsageError } from "./errors.ts";

const openers: Readonly<Record<string, readonly string[]>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Shows a file in the user's program for it, and does not wait for that. Throws a `UsageError` where nothing opens files. */
export function openFile(path: string): void {
  const [program = "", ...args] = openers[process.platform] ?? ["xdg-open"];
  if (Bun.which(program) === null)
    throw new UsageError(`Cannot open "${path}": there is no ${program} here; open the file by hand`);
  const opened = Bun.spawn([program, ...args, pathToFileURL(resolve(path)).href], {
    stdio: ["ignore", "ignore", "ignore"],
    detached: true,
  });
  opened.unref();
}
