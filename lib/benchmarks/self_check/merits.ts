import { coverageMerit } from "./coverage.ts";
import { driftMerit } from "./drift.ts";
import { familyMerit } from "./false_alarms.ts";
import { faultsMerit } from "./faults.ts";
import { freshServers, sameRuntime } from "./latency.ts";
import { leaksMerit, smallLeak } from "./leaks.ts";
import { closedLoop, lateness, stalls } from "./loads.ts";
import type { Merit } from "./merit.ts";
import { nothing, samplesMerit } from "./samples.ts";
import { serving } from "./serving.ts";
import { slower } from "./slower.ts";

/** Everything that the instruments are held to, in the order in which it is looked at. */
export const merits: readonly Merit[] = [
  samplesMerit(),
  nothing,
  driftMerit(),
  coverageMerit(),
  familyMerit(),
  faultsMerit(),
  stalls,
  lateness,
  closedLoop,
  serving,
  freshServers,
  leaksMerit(),
  smallLeak,
  sameRuntime,
  slower,
];

export const meritNames = merits.map(({ name }) => name);
