import { expect, test } from "bun:test";
import { bytesIn } from "../lib/byte_size.ts";

test.each([
  ["0", 0],
  ["4096", 4096],
  ["100B", 100],
  ["1KB", 1_000],
  ["1kB", 1_000],
  ["1.5 MB", 1_500_000],
  ["512MiB", 512 * 1024 ** 2],
  ["2GB", 2_000_000_000],
  ["2GiB", 2 * 1024 ** 3],
])("%j is a size of %d bytes", (text, bytes) => {
  expect(bytesIn(text)).toBe(bytes);
});

test.each(["", "B", "-1", "1e3", "1TB", "1 K", "KB", "1KBx", "1,5MB", "Infinity"])(
  "%j is no size",
  (text) => {
    expect(bytesIn(text)).toBeNull();
  },
);
