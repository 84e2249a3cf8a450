import { generateKeyPair } from "@libp2p/crypto/keys";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";

type Input = readonly [tool: string, input: object];

/** The largest HTTP body, less what stands around the text that fills it. */
const room = 1000 * 1000;
const most = 9_900;

const range = <T>(length: number, make: (n: number) => T) => Array.from({ length }, (_, n) => make(n));
const filler = (bytes: number) => "x".repeat(bytes);
const longId = (name: string) => `${name}${filler(256 - name.length)}`;
const tags = range(100, (n) => longId(`${n}-`));
const numbers = range(2 * most, (n) => -1.2345678901234567e-100 * (n + 1));
/** Objects of one key that no other has: of all JSON they take the most memory for their length. */
const objects = (name: string) => ({ list: range(most, (n) => ({ [`${name}-${n}`]: 1 })) });
const hold = { action: "hold", inputs: { ms: 60_000 } };
const graph = range(5_000, (n) => ({
  step_id: `s${n}`,
  ...(n === 0 ? hold : { action: "init" }),
  depends_on: range(Math.min(n, 10), (m) => `s${n - 1 - m}`),
}));
const tables = range(60, (n) => ({
  step_id: `t${n}`,
  action: "fetch_data",
  inputs: { rows: 10_000, seed: n },
}));
const joined = (tables_: number, action: string) => [
  ...tables.slice(0, tables_),
  { step_id: "last", action, depends_on: range(tables_, (n) => `t${n}`) },
];
const text = "word ".repeat(room / 5);
const rows = range(10_000, (id) => ({ id, category: "alpha", value: id / 7 }));

/** One input of each kind, largest in something that its tool keeps or answers; `n` tells one round from another. */
export async function largestInputs(n: number): Promise<readonly Input[]> {
  const task = (name: string, task_type: string, payload: object, more = {}): Input => [
    "task_submit",
    { task_id: `${name}-${n}`, task_type, payload, ...more },
  ];
  const workflow = (name: string, steps: object[], more = {}): Input => [
    "workflow_submit",
    { workflow_id: `${name}-${n}`, name, steps, ...more },
  ];
  const worker = (worker_id: string, capabilities: string[]): Input => [
    "worker_register",
    { worker_id, capabilities, max_concurrent_tasks: 1_000, metadata: { text: filler(room) } },
  ];
  const nobody = async () => peerIdFromPrivateKey(await generateKeyPair("Ed25519"));
  const bootstrap_nodes = (await Promise.all(range(100, nobody))).map(
    (id) => `/ip4/127.0.0.1/tcp/1/p2p/${id}`,
  );
  return [
    worker("w", ["echo", "hash", "sort", "fail"]),
    worker(longId(`idle-${n}-`), ["sleep"]),
    task("text", "echo", { text: filler(room) }),
    task("hash", "hash", { numbers, text: filler(room / 2) }),
    task("sort", "sort", { values: numbers }),
    task("objects", "echo", objects(`task-${n}`)),
    task("waiting", "sum", {}, { tags, metadata: { text: filler(room - 30_000) } }),
    task("fail", "fail", { message: filler(500) }, { retry_policy: { max_retries: 100, backoff_ms: 0 } }),
    ...range(20, (at) => task(`small-${at}`, "sum", {})),
    workflow(
      "hold",
      range(5_000, (at) => ({ step_id: `${at}-${filler(140)}`, ...hold })),
    ),
    workflow("graph", graph, { tags, metadata: { text: filler(200_000) } }),
    workflow("tables", tables),
    workflow("merge", joined(10, "merge")),
    workflow("store", joined(10, "store_result")),
    workflow(
      "objects",
      range(4, (at) => ({ step_id: `s${at}`, action: "init", inputs: objects(`${n}-${at}`) })),
    ),
    workflow("text", [{ step_id: "s", action: "init", inputs: { text: filler(room) } }]),
    ["bootstrap_network", { bootstrap_nodes, min_connections: 0 }],
    ["peer_list", { limit: 1_000 }],
    ["peer_discover", { max_peers: 100, include_metrics: true }],
    ["task_list", { limit: 1_000, tag_filter: tags.toReversed() }],
    ["task_list", { limit: 1_000 }],
    ["task_result", { task_id: `text-${n}`, include_logs: true }],
    ["task_result", { task_id: `objects-${n}`, include_logs: true }],
    ["worker_status", { worker_id: "w", include_tasks: true, include_metrics: true }],
    ["queue_stats", { include_worker_stats: true, include_historical: true }],
    ["workflow_list", { limit: 1_000, tag_filter: tags.toReversed() }],
    ["workflow_list", { limit: 1_000 }],
    ...["json", "dot", "mermaid"].map(
      (fmt): Input => ["workflow_dependencies", { workflow_id: `graph-${n}`, fmt }],
    ),
    ["workflow_status", { workflow_id: `hold-${n}`, include_metrics: true }],
    ["workflow_cancel", { workflow_id: `hold-${n}`, force: true, reason: longId("why-") }],
    ["workflow_status", { workflow_id: `hold-${n}`, include_metrics: true }],
    ...["hold", "graph", "tables", "merge", "store", "objects", "text"].map(
      (name): Input => ["workflow_result", { workflow_id: `${name}-${n}`, include_logs: true }],
    ),
    ["workflow_cancel", { workflow_id: `graph-${n}`, force: true }],
    ["task_priority", { task_id: `waiting-${n}`, new_priority: n + 2 }],
    ["task_cancel", { task_id: `small-0-${n}`, reason: longId("why-") }],
    ["task_retry", { task_id: `small-0-${n}` }],
    ["queue_pause", { reason: longId("why-") }],
    ["queue_resume", {}],
    ["queue_clear", { confirm: true, status_filter: n % 4 === 3 ? "queued" : "cancelled" }],
    ["dataset_generate", { size: 10_000 }],
    ["dataset_filter", { rows, op: "gte", value: 0 }],
    ["dataset_aggregate", { rows }],
    ["text_chunk", { text, chunk_words: 3, overlap_words: 0 }],
    ["text_embed_hash", { text: "a ".repeat(room / 2), dimensions: 4_096 }],
    ["content_id", { text }],
  ];
}
