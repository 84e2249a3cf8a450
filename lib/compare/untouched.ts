import { dirname, join, relative } from "node:path";
import { Glob } from "bun";
import { toolsOf } from "../cases.ts";
import { generalCases } from "../general/cases.ts";
import { peerCases } from "../p2p/peers/cases.ts";
import { taskqueueCases } from "../p2p/tasks/cases.ts";
import { workflowCases } from "../p2p/workflows/cases.ts";

/** The folders that tools are made in, each with everything that is called nowhere else. */
const slices = [
  { folder: "lib/p2p/workflows", tools: toolsOf(workflowCases) },
  { folder: "lib/p2p/tasks", tools: toolsOf(taskqueueCases) },
  { folder: "lib/p2p/peers", tools: toolsOf(peerCases) },
  { folder: "lib/general", tools: toolsOf(generalCases) },
];

/** What is no part of what is measured. */
const unmeasured = /^(docs|test|bench|results|examples|\.github|\.ci)\/|^[^/]*\.md$|^LICENSE$/;

/**
 * The tools that a change leaves as they were: it touches nothing but folders of tools, and neither theirs nor one that
 * theirs imports. A change of anything else that is measured leaves none.
 *
 * @param root where the project is
 * @param changed paths of files in it
 */
export async function untouchedBy(root: string, changed: readonly string[]): Promise<Set<string>> {
  const measured = changed.filter((path) => !unmeasured.test(path));
  const folderOf = (path: string) => slices.find(({ folder }) => path.startsWith(`${folder}/`))?.folder;
  const touched = measured.map(folderOf);
  if (touched.includes(undefined)) return new Set();
  const untouched = [];
  for (const { folder, tools } of slices) {
    const needed = await foldersUnder(root, folder, folderOf);
    if (!touched.some((one) => one !== undefined && needed.has(one))) untouched.push(...tools);
  }
  return new Set(untouched);
}

/** The folders of tools that one imports, itself included. */
async function foldersUnder(
  root: string,
  folder: string,
  folderOf: (path: string) => string | undefined,
): Promise<Set<string>> {
  const found = new Set([folder]);
  const transpiler = new Bun.Transpiler({ loader: "ts" });
  for (const one of found)
    for await (const file of new Glob("**/*.ts").scan(join(root, one)))
      for (const { path } of transpiler.scanImports(await Bun.file(join(root, one, file)).text())) {
        const imported = path.startsWith(".") && relative(root, join(root, one, dirname(file), path));
        const other = imported ? folderOf(imported) : undefined;
        if (other !== undefined) found.add(other);
      }
  return found;
}
