import { hasTags, Page, type Range } from "../../fields.ts";
import { namesBytes } from "../kept_json.ts";
import { Retention, type RetentionLimits } from "../retention.ts";
import type { Workflow, WorkflowStatus } from "./record.ts";
import { jobsBytes } from "./sizes.ts";

export interface WorkflowFilter {
  readonly status?: WorkflowStatus | undefined;
  /** The `peer_id` of its metadata. */
  readonly peer?: string | undefined;
  /** It has every one of these tags. */
  readonly tags?: readonly string[] | undefined;
}

interface Entry {
  readonly workflow: Workflow;
  newer?: Entry | undefined;
  older?: Entry | undefined;
}

/** The workflows an engine remembers: all that have not ended, and the last of the others. */
export class WorkflowHistory {
  readonly #retention: Retention<Workflow>;
  readonly #entries = new Map<string, Entry>();
  #newest: Entry | undefined;

  constructor(limits: RetentionLimits) {
    this.#retention = new Retention(limits, (workflow) => this.#forget(workflow));
  }

  get(workflowId: string): Workflow | undefined {
    return this.#entries.get(workflowId)?.workflow;
  }

  /** Answers whether there is room for it; if not, nothing has changed. */
  add(workflow: Workflow): boolean {
    if (!this.#retention.hasRoom(workflow.bytes)) return false;
    const entry: Entry = { workflow, older: this.#newest };
    if (this.#newest) this.#newest.newer = entry;
    this.#newest = entry;
    this.#entries.set(workflow.id, entry);
    this.#retention.open(workflow);
    return true;
  }

  markEnded(workflow: Workflow): void {
    this.#retention.grow(workflow, -jobsBytes(workflow.steps.size));
    this.#retention.end(workflow);
  }

  /** Counts what a step leaves behind; answers whether there is room for it. */
  takeOutput(workflow: Workflow, bytes: number): boolean {
    if (!this.#retention.hasRoom(bytes)) return false;
    this.#retention.grow(workflow, bytes);
    return true;
  }

  /** Counts why a step failed. */
  takeError(workflow: Workflow, error: string): void {
    this.#retention.grow(workflow, namesBytes(error));
  }

  *open(): Generator<Workflow, void> {
    for (const { workflow } of this.#entries.values()) if (workflow.endedAt === undefined) yield workflow;
  }

  /** One page of the workflows that match, newest first, and how many match. Without a filter it reads that page only. */
  page({ status, peer, tags = [] }: WorkflowFilter, range: Range) {
    const wanted = new Set(tags);
    const everything = status === undefined && peer === undefined && wanted.size === 0;
    const page = new Page(range, summaryBytes);
    let matching = 0;
    for (let entry = this.#newest; entry; entry = entry.older) {
      if (everything && page.isFull) break;
      const { workflow } = entry;
      if (status !== undefined && workflow.status !== status) continue;
      if (peer !== undefined && workflow.peer !== peer) continue;
      if (!hasTags(workflow.tags, wanted)) continue;
      page.add(workflow, matching++);
    }
    return { workflows: page.entries, counts: page.counts(everything ? this.#entries.size : matching) };
  }

  #forget(workflow: Workflow): void {
    const entry = this.#entries.get(workflow.id);
    if (!entry) return;
    if (entry.older) entry.older.newer = entry.newer;
    if (entry.newer) entry.newer.older = entry.older;
    else this.#newest = entry.older;
    this.#entries.delete(workflow.id);
    this.#retention.drop(workflow);
  }
}

function summaryBytes({ id, name, tags }: Workflow): number {
  return 300 + namesBytes(id, name, ...tags);
}
