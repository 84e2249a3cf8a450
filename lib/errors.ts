/** What the caller did wrong, in one line; the process ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The measurement failed, through no fault of its user; the process ends with exit code 3. */
export class MeasurementError extends Error {
  override readonly name = "MeasurementError";
}
