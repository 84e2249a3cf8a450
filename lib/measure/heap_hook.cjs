/**
 * Is loaded into a Node or Bun process before its program. On SIGUSR2 it collects the garbage and writes what the heap
 * holds then, as "count bytes", to the file of the process in the folder of `heap_reader.ts`.
 */
const { renameSync, writeFileSync } = require("node:fs");

const file = `${process.env.HEAP_READINGS}/${process.pid}`;
const heapBytes = process.versions.bun ? ofBun() : ofNode();
let count = 0;

process.on("SIGUSR2", () => write(++count, heapBytes()));
write(0, 0);

function write(...numbers) {
  writeFileSync(`${file}.tmp`, numbers.join(" "));
  renameSync(`${file}.tmp`, file);
}

function ofBun() {
  const { heapSize } = require("bun:jsc");
  return () => {
    Bun.gc(true);
    Bun.gc(true);
    return heapSize();
  };
}

function ofNode() {
  require("node:v8").setFlagsFromString("--expose-gc");
  const collect = require("node:vm").runInNewContext("gc");
  return () => {
    collect();
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
}
