import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  criticalPath,
  type DagNode,
  dagDot,
  dagEdges,
  dagFault,
  dagLayers,
  dagMermaid,
} from "../lib/p2p/workflows/dag.ts";

const node = (step_id: string, ...depends_on: string[]): DagNode => ({ step_id, depends_on });
const diamond = [node("d", "b", "c"), node("b", "a"), node("a"), node("c", "a")];

/** Any DAG of up to 12 nodes, shuffled: each may depend on those before it. */
const dag = fc
  .array(fc.array(fc.nat(11), { maxLength: 4 }), { minLength: 1, maxLength: 12, size: "max" })
  .map((parents) =>
    parents.map((before, index) =>
      node(`s${index}`, ...new Set(before.filter((parent) => parent < index).map((parent) => `s${parent}`))),
    ),
  )
  .chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length }));

/** The longest chain that ends in a node, found by trying all of them. */
function depthOf(nodes: readonly DagNode[], id: string): number {
  const parents = nodes.find(({ step_id }) => step_id === id)?.depends_on ?? [];
  return 1 + Math.max(0, ...parents.map((parent) => depthOf(nodes, parent)));
}

describe("a valid graph", () => {
  test("has no fault", () => expect(dagFault(diamond)).toBeUndefined());

  test("falls into layers, has a longest chain and edges from parent to child", () => {
    const layers = dagLayers(diamond);
    expect(layers).toEqual([["a"], ["b", "c"], ["d"]]);
    expect(criticalPath(diamond, layers)).toEqual(["a", "b", "d"]);
    expect(dagEdges(diamond)).toContainEqual({ from: "a", to: "c" });
    expect(dagEdges(diamond)).toHaveLength(4);
  });

  test("stands in layers as deep as brute force finds, along the longest chain", () => {
    fc.assert(
      fc.property(dag, (nodes) => {
        expect(dagFault(nodes)).toBeUndefined();
        const layers = dagLayers(nodes);
        for (const [index, layer] of layers.entries())
          for (const id of layer) expect(depthOf(nodes, id)).toBe(index + 1);
        expect(layers.flat().sort()).toEqual(nodes.map(({ step_id }) => step_id).sort());
        const path = criticalPath(nodes, layers);
        expect(path).toHaveLength(Math.max(...nodes.map(({ step_id }) => depthOf(nodes, step_id))));
        const edges = dagEdges(nodes);
        for (const [index, to] of path.entries())
          if (index > 0) expect(edges).toContainEqual({ from: path[index - 1] ?? "", to });
      }),
    );
  });

  test("may be a chain of 20,000 nodes or 20,000 nodes with three parents each", () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `s${index}`);
    const chain = names.map((id, index) => node(id, ...names.slice(Math.max(0, index - 1), index)));
    const braid = names.map((id, index) => node(id, ...names.slice(Math.max(0, index - 3), index)));
    for (const nodes of [chain, braid]) {
      expect(dagFault(nodes)).toBeUndefined();
      expect(criticalPath(nodes, dagLayers(nodes))).toEqual(names);
    }
  });
});

describe("a fault", () => {
  test.each([
    ["a repeated id", [node("a"), node("a")], 'step "a" is there twice'],
    ["an unknown dependency", [node("a", "b")], 'step "a" depends on "b", which is no step'],
    ["a node that depends on itself", [node("a", "a")], "its steps form a cycle: a → a"],
    [
      "a cycle behind a node and before another",
      [node("x"), node("a", "b", "x"), node("b", "a"), node("y", "b")],
      "its steps form a cycle: b → a → b",
    ],
  ])("is %s", (_, nodes, fault) => expect(dagFault(nodes)).toBe(fault));

  test("names a cycle that is really there, whatever else the graph holds", () => {
    const knotted = fc.tuple(dag, fc.infiniteStream(fc.nat())).map(([nodes, picks]) => {
      const cycle = nodes.slice(0, 1 + ((picks.next().value ?? 0) % Math.min(8, nodes.length)));
      const extra = new Map(
        cycle.map((member, index) => [member.step_id, cycle.at(index - 1)?.step_id ?? ""]),
      );
      return nodes.map(({ step_id, depends_on }) =>
        node(step_id, ...new Set([...depends_on, ...(extra.has(step_id) ? [extra.get(step_id) ?? ""] : [])])),
      );
    });
    fc.assert(
      fc.property(knotted, (nodes) => {
        const named = dagFault(nodes)?.replace("its steps form a cycle: ", "").split(" → ") ?? [];
        expect(named.length).toBeGreaterThan(1);
        expect(named[0]).toBe(named.at(-1) ?? "");
        const edges = dagEdges(nodes);
        for (const [index, to] of named.entries())
          if (index > 0) expect(edges).toContainEqual({ from: named[index - 1] ?? "", to });
      }),
    );
  });

  test("shows the start of a cycle of 20,000 nodes", () => {
    const ring = Array.from({ length: 20_000 }, (_, index) => node(`s${index}`, `s${(index + 1) % 20_000}`));
    expect(dagFault(ring)).toMatch(/^its steps form a cycle: (s\d+ → ){12}19988 more → s\d+$/);
  });
});

describe("as text", () => {
  const awkward = [node('quo"te'), node("back\\slash", 'quo"te')];

  test("it is Graphviz", () => {
    expect(dagDot(awkward)).toBe(
      'digraph workflow {\n  "quo\\"te";\n  "back\\\\slash";\n  "quo\\"te" -> "back\\\\slash";\n}',
    );
  });

  test("it is Mermaid", () => {
    expect(dagMermaid(awkward)).toBe('flowchart TD\n  s0["quo#34;te"]\n  s1["back#92;slash"]\n  s0 --> s1');
  });
});
