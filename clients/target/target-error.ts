/** What can go wrong before a target serves, as a closed list that the CLI maps to exit codes. */
export const targetErrorCodes = [
  "manifest-invalid",
  "target-unknown",
  "target-unavailable",
  "build-failed",
  "start-failed",
  "no-port",
] as const;
export type TargetErrorCode = (typeof targetErrorCodes)[number];

/** A target that cannot be used: the message says what was expected, what was found and what to do. */
export class TargetError extends Error {
  readonly code: TargetErrorCode;

  constructor(code: TargetErrorCode, message: string) {
    super(message);
    this.name = "TargetError";
    this.code = code;
  }
}
