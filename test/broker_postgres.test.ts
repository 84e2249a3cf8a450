import { test } from "bun:test";
import { openServer } from "./broker_bench.ts";
import { survivesKill } from "./broker_kill.ts";
import { openPostgres, withoutPostgres } from "./postgres.ts";

const reason = withoutPostgres === undefined ? "" : ` (skipped: ${withoutPostgres})`;

test.skipIf(withoutPostgres !== undefined)(
  `two servers on one PostgreSQL: 1,000 workflows end as they do in one process, while a worker is killed${reason}`,
  async () => {
    await using postgres = await openPostgres();
    const storage = { BUNQUEUE_POSTGRES_URL: postgres.url, BUNQUEUE_MAX_COMPLETED_JOBS: "100" };
    await using here = await openServer(storage);
    await using there = await openServer(storage);
    await survivesKill(here.address, [here.address, there.address]);
  },
  120_000,
);
