/** Exit codes: the contract with scripts and CI. */
import type { Report } from "../report/model/report.ts";

export const exitCodes = { pass: 0, fail: 1, usage: 2, invalid: 3, targetLost: 4, interrupted: 130 } as const;

/** The exit code of one report. */
export function exitCodeOf(report: Report): number {
  if (report.state === "interrupted") return exitCodes.interrupted;
  if (
    report.reasons.some(
      ({ code }) => code === "target-died" || code === "target-unreachable" || code === "target-not-started",
    )
  )
    return exitCodes.targetLost;
  if (report.verdict === "invalid") return exitCodes.invalid;
  return report.verdict === "pass" ? exitCodes.pass : exitCodes.fail;
}

/** The exit code of several: the one that most needs attention. */
export function worstExitCode(codes: readonly number[]): number {
  const order = [exitCodes.interrupted, exitCodes.usage, exitCodes.targetLost, exitCodes.invalid, exitCodes.fail];
  return order.find((code) => codes.includes(code)) ?? exitCodes.pass;
}
