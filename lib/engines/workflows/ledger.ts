import type { Workflow, WorkflowStatus } from "./record.ts";

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
export class WorkflowLedger {
  readonly #keep: number;
  readonly #maxRows: number;
  readonly #entries = new Map<string, Entry>();
  readonly #ended = new Set<string>();
  #newest: Entry | undefined;
  #rows = 0;

  /** Forgets ended workflows beyond `keep`, and sooner when all outputs together hold more than `maxRows` rows. */
  constructor(keep: number, maxRows: number) {
    this.#keep = keep;
    this.#maxRows = maxRows;
  }

  get(workflowId: string): Workflow | undefined {
    return this.#entries.get(workflowId)?.workflow;
  }

  add(workflow: Workflow): void {
    const entry: Entry = { workflow, older: this.#newest };
    if (this.#newest) this.#newest.newer = entry;
    this.#newest = entry;
    this.#entries.set(workflow.request.workflow_id, entry);
  }

  markEnded(workflow: Workflow): void {
    this.#ended.add(workflow.request.workflow_id);
    if (this.#ended.size > this.#keep) this.#forgetOldest();
  }

  /** Counts rows that a step leaves behind; answers whether there is room for them. */
  takeRows(workflow: Workflow, rows: number): boolean {
    while (this.#rows + rows > this.#maxRows && this.#ended.size > 0) this.#forgetOldest();
    if (this.#rows + rows > this.#maxRows) return false;
    this.#rows += rows;
    workflow.rows += rows;
    return true;
  }

  *open(): Generator<Workflow, void> {
    for (const { workflow } of this.#entries.values()) if (workflow.endedAt === undefined) yield workflow;
  }

  /** One page of the workflows that match, newest first, and how many match. Without a filter it reads that page only. */
  page(filter: WorkflowFilter, { limit, offset }: { limit: number; offset: number }) {
    const { status, peer, tags = [] } = filter;
    const everything = status === undefined && peer === undefined && tags.length === 0;
    const workflows: Workflow[] = [];
    let matching = 0;
    for (let entry = this.#newest; entry; entry = entry.older) {
      if (everything && workflows.length === limit) break;
      const { workflow } = entry;
      if (status !== undefined && workflow.status !== status) continue;
      if (peer !== undefined && workflow.request.metadata.peer_id !== peer) continue;
      if (!tags.every((tag) => workflow.request.tags.includes(tag))) continue;
      if (matching >= offset && workflows.length < limit) workflows.push(workflow);
      matching++;
    }
    return { workflows, total: everything ? this.#entries.size : matching };
  }

  #forgetOldest(): void {
    const [oldest] = this.#ended;
    if (oldest !== undefined) this.#remove(oldest);
  }

  #remove(workflowId: string): void {
    const entry = this.#entries.get(workflowId);
    if (!entry) return;
    if (entry.older) entry.older.newer = entry.newer;
    if (entry.newer) entry.newer.older = entry.older;
    else this.#newest = entry.older;
    this.#entries.delete(workflowId);
    this.#ended.delete(workflowId);
    this.#rows -= entry.workflow.rows;
  }
}
