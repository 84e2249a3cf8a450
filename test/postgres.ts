import { chownSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readUntil, temporaryFolder } from "./run_script.ts";

/** Debian keeps the servers out of the path, a folder for each version. */
const debian = "/usr/lib/postgresql";
const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
const folders = [
  ...versions.map((version) => join(debian, version, "bin")),
  ...(process.env.PATH ?? "").split(":"),
];
const bin = folders.find((folder) => ["initdb", "postgres"].every((name) => existsSync(join(folder, name))));
const nobody = 65_534;
const isRoot = process.getuid?.() === 0;

/** Why there can be no PostgreSQL server here, if so. */
export const withoutPostgres =
  bin === undefined
    ? "initdb and postgres are not installed"
    : isRoot && !Bun.which("setpriv")
      ? "postgres refuses to run as root, and there is no setpriv"
      : undefined;

/** An empty PostgreSQL server that listens on a socket in a folder of its own, and both are gone after the test. */
export async function openPostgres() {
  await using opened = new AsyncDisposableStack();
  const { path } = opened.use(temporaryFolder());
  const [data, sockets] = [join(path, "data"), join(path, "sockets")];
  for (const folder of [data, sockets]) mkdirSync(folder);
  if (isRoot) for (const folder of [path, data, sockets]) chownSync(folder, nobody, nobody);
  const options = ["-D", data, "-k", sockets, "-c", "listen_addresses=", "-c", "fsync=off"];
  const init = start("initdb", "-D", data, "-U", "bench", "-A", "trust", "--no-sync", "--no-locale");
  if ((await init.exited) !== 0)
    throw new Error(`Cannot start "initdb": ${await new Response(init.stderr).text()}`);
  const server = start("postgres", ...options);
  opened.defer(async () => {
    server.kill("SIGQUIT");
    await server.exited;
  });
  await readUntil(server.stderr, /ready to accept connections/);
  const closing = opened.move();
  const url = `postgres://bench@localhost/postgres?path=${join(sockets, ".s.PGSQL.5432")}`;
  return { url, [Symbol.asyncDispose]: () => closing.disposeAsync() };
}

function start(name: string, ...options: string[]) {
  const command = [join(bin ?? "", name), ...options];
  const demotion = ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"];
  return Bun.spawn(isRoot ? [...demotion, ...command] : command, {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
    cwd: "/",
    env: { ...process.env, LC_ALL: "C" },
  });
}
