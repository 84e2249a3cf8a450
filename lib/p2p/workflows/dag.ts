/** A node of a directed graph and the nodes that come before it. */
export interface DagNode {
  readonly step_id: string;
  readonly depends_on: readonly string[];
}

export interface DagEdge {
  from: string;
  to: string;
}

const shownOfCycle = 12;

/** What forbids `nodes` to be a DAG: a repeated id, an unknown dependency or a cycle, which it names. O(nodes + edges). */
export function dagFault(nodes: readonly DagNode[]): string | undefined {
  const ids = new Set<string>();
  for (const { step_id } of nodes) {
    if (ids.has(step_id)) return `step "${step_id}" is there twice`;
    ids.add(step_id);
  }
  for (const { step_id, depends_on } of nodes) {
    const stranger = depends_on.find((parent) => !ids.has(parent));
    if (stranger !== undefined) return `step "${step_id}" depends on "${stranger}", which is no step`;
  }
  const sorted = new Set(dagLayers(nodes).flat());
  if (sorted.size === nodes.length) return undefined;
  const cycle = someCycle(nodes.filter(({ step_id }) => !sorted.has(step_id)));
  const shown =
    cycle.length <= shownOfCycle
      ? cycle
      : [...cycle.slice(0, shownOfCycle), `${cycle.length - shownOfCycle} more`];
  return `its steps form a cycle: ${[...shown, cycle[0]].join(" → ")}`;
}

/** The ids in topological layers: each node stands one below its lowest parent. Nodes on or behind a cycle stand nowhere. */
export function dagLayers(nodes: readonly DagNode[]): string[][] {
  const children = new Map<string, string[]>(nodes.map(({ step_id }) => [step_id, []]));
  const parentsLeft = new Map<string, number>();
  for (const { step_id, depends_on } of nodes) {
    parentsLeft.set(step_id, depends_on.length);
    for (const parent of depends_on) children.get(parent)?.push(step_id);
  }
  const layers: string[][] = [];
  let layer = nodes.filter(({ depends_on }) => depends_on.length === 0).map(({ step_id }) => step_id);
  while (layer.length > 0) {
    layers.push(layer);
    const next: string[] = [];
    for (const child of layer.flatMap((parent) => children.get(parent) ?? [])) {
      const left = (parentsLeft.get(child) ?? 0) - 1;
      parentsLeft.set(child, left);
      if (left === 0) next.push(child);
    }
    layer = next;
  }
  return layers;
}

/** The longest chain of dependencies, counted in nodes: how long they take is unknown before they ran. */
export function criticalPath(nodes: readonly DagNode[], layers: readonly string[][]): string[] {
  const parents = new Map(nodes.map(({ step_id, depends_on }) => [step_id, depends_on]));
  const depth = new Map(layers.flatMap((layer, index) => layer.map((id) => [id, index])));
  const path: string[] = [];
  let last = layers.at(-1)?.[0];
  while (last !== undefined) {
    path.push(last);
    const above = (depth.get(last) ?? 0) - 1;
    last = parents.get(last)?.find((parent) => depth.get(parent) === above);
  }
  return path.reverse();
}

export function dagEdges(nodes: readonly DagNode[]): DagEdge[] {
  return nodes.flatMap(({ step_id, depends_on }) => depends_on.map((from) => ({ from, to: step_id })));
}

/** The graph in the language of Graphviz. */
export function dagDot(nodes: readonly DagNode[]): string {
  const quoted = (id: string) => `"${id.replace(/["\\]/g, "\\$&")}"`;
  const lines = [
    ...nodes.map(({ step_id }) => `  ${quoted(step_id)};`),
    ...dagEdges(nodes).map(({ from, to }) => `  ${quoted(from)} -> ${quoted(to)};`),
  ];
  return ["digraph workflow {", ...lines, "}"].join("\n");
}

/** The graph as a Mermaid flowchart: nodes are numbered, because Mermaid takes no free text as an id. */
export function dagMermaid(nodes: readonly DagNode[]): string {
  const numbers = new Map(nodes.map(({ step_id }, index) => [step_id, `s${index}`]));
  const label = (id: string) => `"${id.replace(/[#"<>&\\`]/g, (char) => `#${char.charCodeAt(0)};`)}"`;
  const lines = [
    ...nodes.map(({ step_id }) => `  ${numbers.get(step_id)}[${label(step_id)}]`),
    ...dagEdges(nodes).map(({ from, to }) => `  ${numbers.get(from)} --> ${numbers.get(to)}`),
  ];
  return ["flowchart TD", ...lines].join("\n");
}

/** Nodes that no sort reaches each have a parent among them, so that walking up must meet a node again. */
function someCycle(unsorted: readonly DagNode[]): string[] {
  const unsortedIds = new Set(unsorted.map(({ step_id }) => step_id));
  const parentOf = new Map(
    unsorted.map(({ step_id, depends_on }) => [
      step_id,
      depends_on.find((parent) => unsortedIds.has(parent)),
    ]),
  );
  const seen = new Set<string>();
  let id = unsorted[0]?.step_id;
  while (id !== undefined && !seen.has(id)) {
    seen.add(id);
    id = parentOf.get(id);
  }
  const upwards = [...seen];
  return upwards.slice(upwards.indexOf(id ?? "")).reverse();
}
