import { declareTable, type Table } from "../../result/table.ts";
import { amountOf, sizes } from "./amounts.ts";
import { type Answer, atMost, exactly } from "./answer.ts";
import { serverColumn } from "./columns.ts";
import { encoding } from "./count_tokens.ts";
import type { Given } from "./options.ts";
import { type ProbeFound, select } from "./said.ts";

const listTable = declareTable("tool_list", "Tool list", {
  server: serverColumn,
  version: { kind: "text", title: "version" },
  protocol: { kind: "text", title: "protocol" },
  tools: { kind: "count", title: "tools", headline: true },
  list_bytes: {
    ...{ kind: "number", title: "list", unit: "bytes", better: "lower", headline: true },
    description: "as JSON, as a client gets it",
  },
  list_tokens: {
    kind: "count",
    title: "tokens",
    description: `in ${encoding}`,
    optional: true,
  },
});

const toolsTable = declareTable(
  "tools",
  "Its tools",
  {
    tool_name: { kind: "label", title: "tool" },
    bytes: { kind: "number", title: "in the list", unit: "bytes" },
    second_call_ms: { kind: "number", title: "second call", unit: "ms", optional: true },
    reason: { kind: "text", title: "not timed, because", optional: true },
  },
  { folded: true },
);

/** How long the list of tools is that every client gets, and most give to a model. */
export function answerList(found: readonly ProbeFound[], { max_list }: Given): Answer {
  const [looked] = select(found, "looked");
  if (!looked) return { table: listTable.of([]), criteria: [] };
  const { server, version, protocol, tools, listBytes, listTokens } = looked;
  const row = {
    server,
    version,
    protocol,
    tools: tools.length,
    list_bytes: listBytes,
    list_tokens: listTokens,
  };
  const tokens = listTokens === null ? "" : `, ${listTokens.toLocaleString("en")} tokens (${encoding})`;
  const line = `${tools.length} ${tools.length === 1 ? "tool" : "tools"}, ${listBytes.toLocaleString("en")} bytes${tokens}`;
  if (max_list === undefined) return { table: listTable.of([row], [line]), criteria: [] };
  const limit = { target: amountOf(max_list, sizes), unit: "bytes", scale: "ratio" } as const;
  const criterion = atMost(
    { id: "list", name: "length of the list of tools", ...limit },
    exactly(listBytes),
    "counted",
  );
  return { table: listTable.of([row], [line]), criteria: [criterion] };
}

/** What became of each tool. */
export function tableOfTools(found: readonly ProbeFound[]): Table {
  const tools = select(found, "looked").flatMap((looked) => looked.tools);
  return toolsTable.of(
    tools.map(({ name, bytes, ms, reason }) => ({ tool_name: name, bytes, second_call_ms: ms, reason })),
  );
}
