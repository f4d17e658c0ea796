/**
 * Every error that ends a command becomes sentences on stderr and an exit code; what is not expected keeps its stack.
 */
import { ConnectionError } from "../connection/connection-error.ts";
import { RunNeverBegan } from "../run/coordinate/run-never-began.ts";
import { TargetUnavailable } from "../run/prepare/choose-target.ts";
import { PreflightRefused } from "../run/prepare/plan-check.ts";
import { ScenarioError } from "../scenario/read-scenario.ts";
import { TargetError } from "../target/target-error.ts";
import { exitCodes } from "./exit-code.ts";
import { GrafanaError } from "./grafana-client.ts";

/** A wrong call, in a sentence. */
export class UsageError extends Error {}

/** The exit code and the sentences of an error. */
export function explain(error: unknown): { exitCode: number; text: string } {
  if (error instanceof ScenarioError) {
    const lines = error.problems.map(({ field, text }) => `  ${field}: ${text}`);
    return {
      exitCode: exitCodes.usage,
      text: `${error.problems.length === 1 ? "1 problem" : `${error.problems.length} problems`}, nothing was started:\n${lines.join("\n")}`,
    };
  }
  if (error instanceof UsageError || error instanceof PreflightRefused || error instanceof TargetUnavailable)
    return { exitCode: exitCodes.usage, text: error.message };
  if (error instanceof RunNeverBegan)
    return { exitCode: error.isUsage ? exitCodes.usage : exitCodes.invalid, text: error.message };
  if (error instanceof GrafanaError) return { exitCode: error.exitCode, text: error.message };
  if (error instanceof ConnectionError) {
    const isLost = error.code === "target-unreachable" || error.code === "unknown-host";
    return { exitCode: isLost ? exitCodes.targetLost : exitCodes.usage, text: error.message };
  }
  if (error instanceof TargetError)
    return { exitCode: error.code === "start-failed" ? exitCodes.targetLost : exitCodes.usage, text: error.message };
  if (error instanceof Error && "code" in error && typeof error.code === "string" && /^E[A-Z]+$/.test(error.code))
    return { exitCode: exitCodes.usage, text: error.message };
  return { exitCode: exitCodes.invalid, text: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
