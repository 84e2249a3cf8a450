import { describe, expect, test } from "bun:test";
import { memoryOptions, planTurns } from "../lib/benchmarks/memory_usage/plan.ts";
import { latencyOptions } from "../lib/benchmarks/p2p_latency/options.ts";
import { ladderOptions, toolsIn } from "../lib/benchmarks/path_ladder/options.ts";
import { comparisonOptions, partsOf } from "../lib/benchmarks/runtime_comparison/options.ts";
import { ours } from "../lib/benchmarks/runtime_comparison/workloads.ts";
import { needPeers, p2pCases, toolsOf } from "../lib/cases.ts";

const all = toolsOf(p2pCases);
const peered = all.filter((tool) => needPeers([tool]));
const reason = "it takes too long for --quick; run without it";
const named = (left_out: readonly { tool: string }[]) => left_out.map(({ tool }) => tool);

describe("a quick look", () => {
  test("of p2p_latency has the 20 tools that need no peers, and names the others with the reason", () => {
    const { tool, left_out } = latencyOptions.parse({ quick: true });
    expect([...tool, ...named(left_out)].toSorted()).toEqual(all.toSorted());
    expect(left_out).toEqual(peered.map((one) => ({ tool: one, reason })));
    expect(peered).toHaveLength(6);
  });

  test.each([
    [
      "that names its tools",
      { quick: true, tool: ["peer_list", "queue_stats"] },
      ["queue_stats", "peer_list"],
    ],
    ["at tools of the user's", { quick: true, tools: "./own.ts" }, ["all"]],
    ["that is none", {}, all],
  ])("%s leaves out none", (_, flags, tool) => {
    expect(latencyOptions.parse(flags)).toMatchObject({ tool, left_out: [] });
  });

  test("of runtime_comparison calls no tool that needs peers, and offers no rates unless it is told one", () => {
    const quick = comparisonOptions.parse({ quick: true, sweep: "none" });
    const { p2p, swept } = ours(quick.left_out);
    expect(named(quick.left_out)).toEqual(peered);
    expect(needPeers(toolsOf([...p2p, ...swept]))).toBe(false);
    expect(toolsOf(ours([]).p2p)).toEqual(all);
    expect(partsOf(quick)).toEqual(["sequential", "concurrent", "mixed"]);
    expect(partsOf({ ...quick, rate: 100 })).toContain("rates");
    expect(partsOf(comparisonOptions.parse({}))).toContain("rates");
  });

  test("of path_ladder climbs with the tool that does least, unless it is told with what", () => {
    const climbed = (flags: object) => {
      const given = ladderOptions.parse(flags);
      return [toolsIn(given), named(given.left_out)];
    };
    const others = ["dataset_aggregate", "text_embed_hash"];
    expect(climbed({ quick: true })).toEqual([["queue_stats"], others]);
    expect(climbed({})).toEqual([["queue_stats", ...others], []]);
    const asked = ["queue_pause", "text_chunk", "content_id"];
    expect(climbed({ quick: true, tool: asked })).toEqual([asked, []]);
    expect(climbed({ quick: true, payload: "1KB" })).toEqual([[], []]);
  });

  test("of memory_usage looks for a leak in one tool and for one that is known, and in no client that vanishes", () => {
    const quick = memoryOptions.parse({ quick: true, test: ["leak_detection"] });
    expect(named(quick.left_out)).toHaveLength(25);
    const looked = planTurns(quick).map(({ arm, subjects }) => [arm.name, ...subjects].join(" "));
    expect(looked).toEqual([
      "direct queue_stats",
      "direct known_leak",
      "http queue_stats",
      "http known_leak",
    ]);
  });
});
