import { expect, test } from "bun:test";
import { id, reason, tags } from "../lib/fields.ts";

const unseen: readonly [string, string][] = [
  ["a control character", "\u0007"],
  ["the Arabic letter mark", "\u061c"],
  ["a left-to-right mark", "\u200e"],
  ["a right-to-left mark", "\u200f"],
  ["an embedding to the left", "\u202b"],
  ["an override to the left", "\u202e"],
  ["an isolate", "\u2067"],
  ["the end of an isolate", "\u2069"],
  ["a line separator", "\u2028"],
  ["a paragraph separator", "\u2029"],
  ["the first half of a surrogate pair", "\ud83d"],
  ["the second half of a surrogate pair", "\ude00"],
];

test.each(unseen)("%s stands in no id, no reason and no tag", (_, character) => {
  const text = `task${character}1`;
  for (const taken of [id.safeParse(text), reason.safeParse(text), tags.safeParse([text])])
    expect(taken.error?.issues[0]?.message).toBe("must be a printable name that is not reserved");
});

test.each(["task 1", "задача", "任务", "المهمة", "😀", "é", "x".repeat(256)])("%p is an id", (text) => {
  expect(id.parse(text)).toBe(text);
});
