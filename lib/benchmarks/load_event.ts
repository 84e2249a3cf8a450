import { z } from "zod";
import { Histogram, histogramSchema } from "../measure/histogram.ts";
import type { Load } from "../measure/tally.ts";

/** The fields of an event in which a process tells its parent of a load. */
export const loadFields = {
  tallies: z.array(
    z.strictObject({
      group: z.string(),
      tool: z.string(),
      failed: z.record(z.string(), z.int()),
      service: histogramSchema,
      response: histogramSchema,
    }),
  ),
  issued: z.int(),
  elapsed_ms: z.number(),
  failed_ms: z.number(),
  mean_in_flight: z.number(),
  client_cpu_percent: z.number(),
};

type LoadFields = z.infer<z.ZodObject<typeof loadFields>>;

export function fromLoad(load: Load): LoadFields {
  return {
    tallies: load.tallies.map(({ group, tool, failed, service, response }) => ({
      group,
      tool,
      failed: Object.fromEntries(failed),
      service: service.toJSON(),
      response: response.toJSON(),
    })),
    issued: load.issued,
    elapsed_ms: load.elapsedMs,
    failed_ms: load.failedMs,
    mean_in_flight: load.meanInFlight,
    client_cpu_percent: load.clientCpuPercent,
  };
}

export function toLoad(fields: LoadFields): Load {
  return {
    tallies: fields.tallies.map(({ group, tool, failed, service, response }) => ({
      group,
      tool,
      failed: new Map(Object.entries(failed)),
      service: Histogram.parse(service),
      response: Histogram.parse(response),
    })),
    issued: fields.issued,
    elapsedMs: fields.elapsed_ms,
    failedMs: fields.failed_ms,
    meanInFlight: fields.mean_in_flight,
    clientCpuPercent: fields.client_cpu_percent,
  };
}
