import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SyntaxKind } from "typescript/unstable/ast";
import { createScanner } from "typescript/unstable/ast/scanner";

/** A file of the project, as its path from the root, in what it says and not in how. */
export interface Source {
  readonly path: string;
  readonly tokens: readonly Token[];
  /** The files of the project that it imports, also for their types alone, or when it needs them. */
  readonly imports: readonly string[];
}

export interface Token {
  readonly kind: "word" | "text" | "sign";
  /** Of a text, what stands in its quotes. */
  readonly value: string;
}

const root = join(import.meta.dir, "..");

/** Every TypeScript file of some folders of the project. */
export function readSources(...folders: readonly string[]): Source[] {
  const paths = folders.flatMap((folder) => [...new Bun.Glob(`${folder}/**/*.ts`).scanSync(root)]);
  return paths.sort().map((path) => readSource(path, readFileSync(join(root, path), "utf8")));
}

export function readSource(path: string, text: string): Source {
  const tokens = tokensOf(text);
  const imports = tokens.flatMap(({ kind, value }, n) => {
    const [before, last] = tokens.slice(Math.max(0, n - 2), n).map((token) => token.value);
    const isImported = last === "from" || last === "import" || (before === "import" && last === "(");
    return kind === "text" && isImported && /^\..*\.ts$/.test(value) ? [join(dirname(path), value)] : [];
  });
  return { path, tokens, imports: [...new Set(imports)] };
}

/** After these a slash divides; elsewhere it begins a regular expression. */
const operands = [
  SyntaxKind.Identifier,
  SyntaxKind.NumericLiteral,
  SyntaxKind.BigIntLiteral,
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateTail,
  SyntaxKind.CloseParenToken,
  SyntaxKind.CloseBracketToken,
];

const texts = [
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateHead,
  SyntaxKind.TemplateMiddle,
  SyntaxKind.TemplateTail,
];

function tokensOf(text: string): Token[] {
  const scanner = createScanner(true);
  scanner.setText(text);
  const tokens: Token[] = [];
  /** For each brace that is open, whether it is one of a template. */
  const braces: boolean[] = [];
  let before: SyntaxKind | undefined;
  for (let kind = scanner.scan(); kind !== SyntaxKind.EndOfFile; kind = scanner.scan()) {
    const divides = before !== undefined && operands.includes(before);
    if (kind === SyntaxKind.SlashToken && !divides) kind = scanner.reScanSlashToken();
    if (kind === SyntaxKind.CloseBraceToken && braces.pop()) kind = scanner.reScanTemplateToken(false);
    if (kind === SyntaxKind.OpenBraceToken) braces.push(false);
    if (kind === SyntaxKind.TemplateHead || kind === SyntaxKind.TemplateMiddle) braces.push(true);
    if (texts.includes(kind)) tokens.push({ kind: "text", value: scanner.getTokenValue() });
    else if (/^[\w$]/.test(scanner.getTokenText()))
      tokens.push({ kind: "word", value: scanner.getTokenText() });
    else tokens.push({ kind: "sign", value: scanner.getTokenText() });
    before = kind;
  }
  return tokens;
}
