import { z } from "zod";
import type { KeptJson } from "../kept_json.ts";
import type { Lease, Place } from "./jobs.ts";

export const taskStatus = z.enum(["queued", "running", "completed", "failed", "cancelled"]);
export type TaskStatus = z.infer<typeof taskStatus>;

type Json = Readonly<Record<string, unknown>>;

/** What the caller asked for. */
export interface TaskOrder {
  readonly id: string;
  readonly type: string;
  readonly payload: Json;
  readonly priority: number;
  readonly tags: readonly string[];
  readonly timeoutMs?: number | undefined;
  readonly maxRetries: number;
  readonly backoffMs: number;
  readonly metadata?: Json | undefined;
}

/** An order as the queue keeps it. */
export interface KeptOrder extends Omit<TaskOrder, "payload" | "metadata"> {
  readonly payload: KeptJson<Json>;
  readonly metadata: KeptJson<Json> | undefined;
}

/** A task and all that has become of it. Times are epoch ms, finer than 1 ms. */
export interface Task extends Omit<KeptOrder, "priority"> {
  priority: number;
  /** What it takes, its job included. */
  bytes: number;
  status: TaskStatus;
  /** Where its job stands in bunqueue; its priority lags behind after a change without `requeue`. */
  place: Place;
  /** Set while it runs. */
  attempt?: Attempt | undefined;
  /** Set while it waits for the time of its next attempt. */
  timer?: Timer | undefined;
  /** How often it has been started. */
  attempts: number;
  /** How often a caller has retried it. */
  retryCount: number;
  readonly submittedAt: number;
  /** Since when it could have been started. */
  queuedAt: number;
  startedAt?: number | undefined;
  endedAt?: number | undefined;
  /** Who ran it last. */
  workerId?: string | undefined;
  output?: KeptJson<unknown> | undefined;
  error?: string | undefined;
  readonly log: LogLine[];
  ended?: PromiseWithResolvers<void> | undefined;
}

export interface LogLine {
  readonly at: number;
  readonly message: string;
}

export interface WorkerOrder {
  readonly id: string;
  /** The task types it takes; all when empty. */
  readonly types: ReadonlySet<string>;
  readonly maxConcurrent: number;
  readonly resourceLimits?: KeptJson<Json> | undefined;
  readonly metadata?: KeptJson<Json> | undefined;
}

export interface Worker extends WorkerOrder {
  readonly bytes: number;
  readonly registeredAt: number;
  /** Each holds a slot until its handler has returned, even when the task was taken away. */
  readonly attempts: Set<Attempt>;
  leaving: boolean;
  completed: number;
  /** Attempts that failed, retried ones included. */
  failed: number;
  executionMs: number;
}

/** One start of a task on a worker. It owns the task only while it is `task.attempt`. */
export interface Attempt {
  readonly task: Task;
  readonly worker: Worker;
  readonly lease: Lease;
  readonly abort: AbortController;
  readonly startedAt: number;
}

type Timer = ReturnType<typeof setTimeout>;

/** Epoch ms with the resolution of `performance.now()`. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

export function hasEnded({ status }: Task): boolean {
  return status !== "queued" && status !== "running";
}

/** How long it waited for its last start, or has waited so far, in ms. */
export function waitMs({ queuedAt, startedAt, endedAt }: Task): number {
  return (startedAt ?? endedAt ?? now()) - queuedAt;
}

/** How long its last attempt took, or has taken so far, in ms; 0 before it starts. */
export function executionMs({ startedAt, endedAt }: Task): number {
  return startedAt === undefined ? 0 : (endedAt ?? now()) - startedAt;
}
