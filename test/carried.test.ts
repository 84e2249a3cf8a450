import { expect, test } from "bun:test";
import fc from "fast-check";
import { carried } from "../lib/carried.ts";
import { ToolError } from "../lib/errors.ts";
import { openHost } from "../lib/runtimes/host.ts";
import { runtimes } from "../lib/runtimes/runtimes.ts";
import { lost, wayward } from "./fixtures/wayward_tools.ts";

test("JSON carries whatever it can write, as it is", () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      expect(carried(value)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test.each([
  [
    "what has a text of its own",
    { at: new Date(0), to: new URL("http://a") },
    { at: "1970-01-01T00:00:00.000Z", to: "http://a/" },
  ],
  ["a field that is not there", { a: 1, b: undefined }, { a: 1 }],
  ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
])("JSON carries %s", (_, value, due) => {
  expect(carried(value)).toStrictEqual(due);
});

test.each(Object.entries(lost))("JSON cannot carry %s, which is said", (_, [answer, words]) => {
  expect(() => carried(answer)).toThrow(new TypeError(`JSON cannot carry its answer: ${words}`));
});

test.each(runtimes.map((kind) => [kind.name, kind] as const))(
  "an answer that JSON cannot carry is the same failure on %s, until JSON has carried one of the tool",
  async (_, kind) => {
    await using host = await openHost(kind, wayward);
    for (const [what, [, words]] of Object.entries(lost)) {
      const message = `Cannot run "lose": TypeError: JSON cannot carry its answer: ${words}`;
      await expect(host.call("lose", { what })).rejects.toThrow(new ToolError("internal", message));
    }
    expect((await host.call("lose_later", { what: "kept" })).output).toEqual({ what: "kept" });
    expect((await host.call("lose_later", { what: "a map" })).runtime).toBe(host.name);
  },
);
