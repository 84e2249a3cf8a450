import { z } from "zod";

/** What the caller did wrong, in one line; the process ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The measurement failed, through no fault of its user; the process ends with exit code 3. */
export class MeasurementError extends Error {
  override readonly name = "MeasurementError";
}

/** What a tool call can fail with. */
export const errorCode = z.enum([
  "unknown_tool",
  "invalid_input",
  "not_found",
  "already_exists",
  "conflict",
  "confirmation_required",
  "timeout",
  "unreachable",
  "internal",
]);

export type ErrorCode = z.infer<typeof errorCode>;

/** The failure of a tool call; every runtime carries its code and message to the caller. */
export class ToolError extends Error {
  override readonly name = "ToolError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
