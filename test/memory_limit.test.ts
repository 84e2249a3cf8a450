import { expect, test } from "bun:test";
import { join } from "node:path";
import { openChild } from "../lib/child.ts";
import { openMemoryLimit } from "../lib/measure/memory_limit.ts";

const mebibyte = 1024 ** 2;
const grower = join(import.meta.dir, "fixtures", "grower.ts");

test("a process that grows and does not listen is killed at the limit", async () => {
  await using child = await openChild(grower);
  using limit = openMemoryLimit(300 * mebibyte);
  limit.watch(child.pid);
  const message = new RegExp(
    `^Cannot go on: process ${child.pid} holds [\\d.]+ [MG]iB, and --max-memory allows 300 MiB$`,
  );
  await expect(child.ask("grow", 60_000)).rejects.toThrow("it ended with exit code 137");
  expect(limit.signal.reason.message).toMatch(message);
});

test("one within the limit is left alone, and one that has ended, before or after it is watched, is no fault", async () => {
  const child = await openChild(grower);
  using limit = openMemoryLimit(1024 * mebibyte);
  limit.watch(child.pid);
  await limit.look();
  await child[Symbol.asyncDispose]();
  await limit.look();
  limit.watch(child.pid);
  await limit.look();
  expect(limit.signal.aborted).toBe(false);
});
