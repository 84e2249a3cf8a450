import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { maxAnswerBytes } from "../lib/fields.ts";
import type { Action } from "../lib/p2p/workflows/actions.ts";
import { actions } from "../lib/p2p/workflows/actions.ts";
import { graphBytes } from "../lib/p2p/workflows/sizes.ts";
import { gate, open, step } from "./workflow_host.ts";

const maxBytes = 256 * 1024;
const held = [{ step_id: "a", action: "hold", inputs: { ms: 60_000 } }];

describe("an engine of 256 KiB", () => {
  /** Submits workflows until one is refused with `conflict`, and answers how many were taken. */
  async function fill(host: ReturnType<typeof open>, prefix: string, workflow: object): Promise<number> {
    for (let n = 0; ; n++) {
      const input = { workflow_id: `${prefix}${n}`, name: "w", steps: held, ...workflow };
      const code = await host.call("workflow_submit", input).then(
        () => "taken",
        (error) => error.code,
      );
      if (code === "conflict") return n;
      expect(code).toBe("taken");
    }
  }

  test.each([
    ["steps", { steps: Array.from({ length: 10 }, (_, n) => ({ ...held[0], step_id: `s${n}` })) }],
    ["inputs", { steps: [...held, { ...step("b", "init", "a"), inputs: { a: "x".repeat(20_000) } }] }],
    ["tags", { tags: Array.from({ length: 60 }, (_, n) => `${n}${"x".repeat(100)}`) }],
  ])("takes workflows until their %s fill it, says what would do, and changes nothing", async (_, input) => {
    await using host = open({ maxBytes });
    const taken = await fill(host, "w", input);
    expect(taken).toBeWithin(4, 15);
    const late = { workflow_id: "late", name: "w", steps: held, ...input };
    await expect(host.call("workflow_submit", late)).rejects.toThrow(
      'Cannot submit "late": those that have not ended take all of 0.25 MiB; wait for some to end or cancel them',
    );
    expect(await host.call("workflow_list", {})).toMatchObject({ total_count: taken });
    await expect(host.statusOf("late")).rejects.toMatchObject({ code: "not_found" });
    await host.call("workflow_cancel", { workflow_id: "w1", force: true });
    await host.call("workflow_submit", late);
  });

  test("forgets ended workflows, oldest first, before it refuses one", async () => {
    await using host = open({ maxBytes });
    for (let n = 0; n < 40; n++) {
      await host.submit(`w${n}`, { step_id: "a", action: "fetch_data", inputs: { rows: 100 } });
      await host.engine.finished(`w${n}`);
    }
    const { workflows } = host.engine.page({}, { limit: 100, offset: 0 });
    expect(workflows.length).toBeWithin(10, 30);
    expect(workflows.map(({ id }) => id)).toEqual(Array.from(workflows, (_, n) => `w${39 - n}`));
  });

  test("fails the step whose output has no room, and says so", async () => {
    await using host = open({ maxBytes });
    await host.submit(
      "w",
      { step_id: "a", action: "fetch_data", inputs: { rows: 2_000 } },
      { step_id: "b", action: "process", depends_on: ["a"] },
    );
    await host.engine.finished("w");
    expect(await host.statusOf("w")).toMatchObject({
      status: "failed",
      steps: [
        { status: "completed" },
        {
          status: "failed",
          error: 'Cannot run "b": RangeError: Cannot keep "output": workflows take all of 0.25 MiB',
        },
      ],
    });
  });

  test("needs no room for the jobs of a workflow that has ended", async () => {
    const { actions, begun, letGo } = gate();
    await using host = open({ maxBytes, actions });
    await host.submit("w", ...Array.from({ length: 10 }, (_, n) => step(`s${n}`, "hold")));
    await begun;
    const { bytes } = host.engine.get("w");
    letGo();
    await host.engine.finished("w");
    expect(host.engine.get("w").bytes).toBeLessThan(bytes / 2);
  });

  test("holds as many workflows after others came to every end as at first", async () => {
    await using host = open({ maxBytes, keep: 0 });
    const first = await fill(host, "w", {});
    for (let n = 0; n < first; n++) await host.call("workflow_cancel", { workflow_id: `w${n}`, force: true });
    await host.submit("done", { step_id: "a", action: "fetch_data" }, step("b", "process", "a"));
    await host.submit("failed", step("a", "fail"), step("b", "init", "a"));
    await host.submit("early", ...held, step("b", "init", "a"));
    await host.call("workflow_cancel", { workflow_id: "early", force: true });
    while (host.engine.page({}, { limit: 1, offset: 0 }).workflows.length > 0)
      await new Promise(setImmediate);
    expect(await fill(host, "v", {})).toBe(first);
  });
});

describe("an answer", () => {
  const page = z.object({
    workflows: z.array(z.object({ workflow_id: z.string() })),
    total_count: z.int(),
    returned_count: z.int(),
    has_more: z.boolean(),
  });

  test("of workflow_list ends before it is too long, and the pages behind it hold the rest", async () => {
    await using host = open();
    const tags = Array.from({ length: 100 }, (_, n) => `${n}${"任".repeat(250)}`);
    for (let n = 0; n < 120; n++)
      await host.call("workflow_submit", { workflow_id: `w${n}`, name: "w", steps: [step("a")], tags });
    const seen: string[] = [];
    for (let more = true; more; ) {
      const answer = await host.call("workflow_list", { limit: 1_000, offset: seen.length });
      expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThanOrEqual(maxAnswerBytes);
      const { workflows, returned_count, total_count, has_more } = page.parse(answer);
      expect(returned_count).toBe(workflows.length);
      expect(returned_count).toBeWithin(1, 120);
      expect(total_count).toBe(120);
      seen.push(...workflows.map(({ workflow_id }) => workflow_id));
      more = has_more;
    }
    expect(seen).toEqual(Array.from({ length: 120 }, (_, n) => `w${119 - n}`));
  });

  const tables = (count: number) =>
    Array.from({ length: count }, (_, n) => ({
      step_id: `s${n}`,
      action: "fetch_data",
      inputs: { rows: 10_000 },
    }));

  test("of workflow_result is refused when outputs are too long, and given without them", async () => {
    await using host = open();
    const last = { step_id: "sum", action: "aggregate", depends_on: ["s0"] };
    await host.submit("w", ...tables(15), last, step("end", "init", ...tables(15).map((s) => s.step_id)));
    await host.engine.finished("w");
    await expect(host.call("workflow_result", { workflow_id: "w" })).rejects.toMatchObject({
      code: "conflict",
      message:
        'Cannot give the result of "w": it takes more than 6291456 bytes; set include_outputs to false',
    });
    expect(await host.call("workflow_result", { workflow_id: "w", include_outputs: false })).toMatchObject({
      result: { sum: expect.anything(), end: expect.anything() },
    });
  });

  test("of workflow_result is refused when the last steps alone leave too much", async () => {
    await using host = open();
    await host.submit("w", ...tables(15));
    await host.engine.finished("w");
    const input = { workflow_id: "w", include_outputs: false };
    await expect(host.call("workflow_result", input)).rejects.toThrow(
      "its last steps leave too much: end it with one that leaves less, as aggregate does",
    );
  });

  test("of workflow_status is refused when its steps are too long, and given without them", async () => {
    await using host = open();
    const failing = { action: "fail", inputs: { message: "任".repeat(300) } };
    await host.submit("w", ...Array.from({ length: 5_000 }, (_, n) => ({ ...failing, step_id: `s${n}` })));
    await host.engine.finished("w");
    await expect(host.statusOf("w")).rejects.toThrow(
      'Cannot tell the steps of "w": it takes more than 6291456 bytes; set include_steps to false',
    );
    expect(await host.call("workflow_status", { workflow_id: "w", include_steps: false })).toMatchObject({
      status: "failed",
    });
    await expect(host.call("workflow_result", { workflow_id: "w", include_logs: true })).rejects.toThrow(
      'Cannot give the result of "w": it takes more than 6291456 bytes; set include_logs to false',
    );
  });

  // JSON masks quotes and backslashes, and does so again where the graph is a text.
  test.each(['"', "\\", "任", "x"])(
    "of workflow_dependencies on ids of %s is never too long",
    async (letter) => {
      await using host = open();
      const name = (n: number) => `${n}${letter.repeat(240)}`;
      const graph = (edges: number) =>
        Array.from({ length: 150 }, (_, n) =>
          step(name(n), "init", ...Array.from({ length: Math.min(n, edges) }, (_, m) => name(n - 1 - m))),
        );
      await expect(host.submit("wide", ...graph(149))).rejects.toMatchObject({
        code: "invalid_input",
        message: expect.stringMatching(
          /^Cannot submit "wide": to tell its graph takes \d+ bytes, and 6291456 are the most; shorten the ids of/,
        ),
      });
      const taken = graph(8);
      await host.submit("w", ...taken);
      for (const fmt of ["json", "dot", "mermaid"]) {
        const answer = JSON.stringify(await host.call("workflow_dependencies", { workflow_id: "w", fmt }));
        expect(Buffer.byteLength(answer)).toBeWithin(500_000, graphBytes(taken));
      }
    },
  );
});

describe("the event loop turns", () => {
  /** How often it turns until `work` is done. */
  async function turnsOf(work: () => Promise<unknown>): Promise<number> {
    let [turns, over] = [0, false];
    const count = () => {
      turns++;
      if (!over) setImmediate(count);
    };
    setImmediate(count);
    await work();
    over = true;
    return turns;
  }
  const wide = Array.from({ length: 5_000 }, (_, n) => step(`s${n}`, "hold"));

  test("while 5,000 steps are taken, and while they are cancelled", async () => {
    const { actions, begun } = gate();
    await using host = open({ actions, concurrency: 1 });
    // One comes before anything is taken, whatever follows.
    expect(await turnsOf(() => host.submit("w", ...wide))).toBeGreaterThan(1);
    await begun;
    expect(await turnsOf(() => host.call("workflow_cancel", { workflow_id: "w" }))).toBeGreaterThan(1);
    expect(host.engine.get("w").openSteps).toBe(1);
    await host.call("workflow_cancel", { workflow_id: "w", force: true });
  });

  test("between reading 5,000 steps and looking at their graph", async () => {
    await using host = open();
    const wrong = host.submit("w", ...wide.with(4_999, step("s0")));
    const refused = async () => {
      await expect(wrong).rejects.toThrow('step "s0" is there twice');
    };
    expect(await turnsOf(refused)).toBeGreaterThan(0);
  });

  test.each(["json", "dot", "mermaid"])("while the graph of 50,000 edges is told as %s", async (fmt) => {
    await using host = open({ actions: gate().actions, concurrency: 1 });
    const deep = wide.map(({ step_id }, n) =>
      step(step_id, "hold", ...wide.slice(Math.max(0, n - 10), n).map((parent) => parent.step_id)),
    );
    await host.submit("w", ...deep);
    const tell = () => host.call("workflow_dependencies", { workflow_id: "w", fmt });
    expect(await turnsOf(tell)).toBeGreaterThan(0);
    await host.call("workflow_cancel", { workflow_id: "w", force: true });
  });

  // Of all JSON, objects of one key that no other has take the longest to copy for their length.
  test("while outputs are copied", async () => {
    await using host = open();
    const list = (n: number) => Array.from({ length: 9_900 }, (_, m) => ({ [`${n}-${m}`]: 1 }));
    const wide = Array.from({ length: 20 }, (_, n) => ({
      ...step(`s${n}`, "init"),
      inputs: { list: list(n) },
    }));
    await host.submit("w", ...wide, step("end", "init", ...wide.map(({ step_id }) => step_id)));
    await host.engine.finished("w");
    expect(await turnsOf(() => host.call("workflow_result", { workflow_id: "w" }))).toBeGreaterThan(3);
  });
});

test("steps of an older workflow run before those of a newer one of the same priority, however deep they stand", async () => {
  const order: string[] = [];
  const note: Action = ({ at }) => {
    order.push(String(at));
    return {};
  };
  const { begun, letGo, hold } = gate();
  const all = new Map([...actions, ["hold", hold], ["note", note]] as const);
  await using host = open({ concurrency: 1, actions: all });
  await host.submit("first", step("a", "hold"));
  await begun;
  for (const id of ["old", "new"]) {
    const at = (n: number) => ({ step_id: `${n}`, action: "note", inputs: { at: `${id} ${n}` } });
    await host.submit(id, at(1), { ...at(2), depends_on: ["1"] }, { ...at(3), depends_on: ["2"] });
    for (const now = Date.now(); Date.now() === now; ) await new Promise(setImmediate);
  }
  letGo();
  await host.engine.finished("new");
  expect(order).toEqual(["old 1", "old 2", "old 3", "new 1", "new 2", "new 3"]);
});
