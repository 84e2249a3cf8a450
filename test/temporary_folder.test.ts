import { expect, test } from "bun:test";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTemporaryFolder } from "../lib/temporary_folder.ts";

test("a temporary folder is gone once it is closed, with what is in it", async () => {
  const { path, ...folder } = await openTemporaryFolder("of-a-test-");
  writeFileSync(join(path, "file"), "");
  await folder[Symbol.asyncDispose]();
  expect(existsSync(path)).toBe(false);
});

test("a temporary folder that a killed process has left is removed by the next of its kind, and no other", async () => {
  const prefix = `of-a-test-${crypto.randomUUID()}-`;
  const dead = Bun.spawnSync(["true"]).pid;
  const folders = [
    `${prefix}${dead}-x`,
    `${prefix}${process.pid}-x`,
    `${prefix}x`,
    `other-${prefix}${dead}-x`,
  ];
  using made = new DisposableStack();
  for (const name of folders)
    made.defer(() => rmSync(join(tmpdir(), name), { recursive: true, force: true }));
  for (const name of folders) mkdirSync(join(tmpdir(), name, "within"), { recursive: true });
  await using _ = await openTemporaryFolder(prefix);
  expect(folders.map((name) => existsSync(join(tmpdir(), name)))).toEqual([false, true, true, true]);
});
