import { z } from "zod";
import { UsageError } from "../../errors.ts";
import { shownUrl } from "../../runtimes/foreign/server.ts";
import type { Era } from "../../runtimes/mcp/era.ts";
import { hideSecrets, type Secret } from "../../secret.ts";

/** The server to probe: one that a command starts, one at a URL, or one that a command starts and a URL reaches. */
export interface Target {
  readonly command: readonly string[] | null;
  readonly url: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly era: Era;
  /** The longest wait for its start, and for each answer. */
  readonly timeoutMs: number;
}

interface Flags {
  readonly command: Command;
  readonly url?: Secret | undefined;
  readonly header?: Secret | undefined;
  readonly era: Era;
  readonly timeout: number;
}

const headers = z.record(z.string(), z.string());

/** Throws a `UsageError` when there is nothing to probe. */
export function toTarget({ command, url, header, era, timeout }: Flags): Target {
  const words = command.reveal();
  const fields = headers.parse(JSON.parse(header?.reveal() ?? "{}"));
  if (words.length === 0 && !url)
    throw new UsageError(
      "Cannot probe anything: name a command after --, as in -- npx -y SERVER, or a --url",
    );
  if (header && !url) throw new UsageError("Cannot take --header: it goes with --url");
  return {
    command: words.length > 0 ? words : null,
    url: url?.reveal() ?? null,
    headers: fields,
    ...{ era, timeoutMs: timeout * 1e3 },
  };
}

/** As others may see it. */
export function showTarget({ command, url }: Target): string {
  return url === null ? `"${new Command(command ?? []).toJSON().join(" ")}"` : shownUrl(url);
}

/** The words of a command, of which nobody sees what may be secret. */
export class Command {
  readonly #words: readonly string[];

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  reveal(): readonly string[] {
    return this.#words;
  }

  toJSON(): string[] {
    return this.#words.map((word, n) => {
      const [, name = ""] = /^(-*[\w-]+)=/.exec(word) ?? [];
      if (/^[A-Za-z_]\w*$/.test(name) || telling.test(name)) return `${name}=***`;
      return telling.test(this.#words[n - 1] ?? "") ? "***" : hideSecrets(word);
    });
  }
}

/** Flags that are named like secrets, whose value stands behind them or follows. */
const telling = /^-.*(key|token|secret|pass|auth|credential)[^=]*$/i;
