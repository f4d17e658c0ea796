/**
 * The pre-flight table: checks row by row, before the first connection, whether this host can run a plan. Pure given
 * the readings.
 */
import type { HostLimits } from "../../measure/host/host-limits.ts";
import { amountChecks } from "./preflight-amounts.ts";
import type { PreflightPlan, PreflightRow, PreflightVerdict } from "./preflight-row.ts";
import { settingChecks } from "./preflight-settings.ts";

/** All rows for which this host provides readings; others are omitted. */
export function preflight(plan: PreflightPlan, limits: HostLimits): PreflightRow[] {
  return [...amountChecks, ...settingChecks].flatMap((check) => check(plan, limits) ?? []);
}

/** The worst verdict of a table; `ok` for an empty one. */
export function worstVerdict(rows: readonly PreflightRow[]): PreflightVerdict {
  if (rows.some((row) => row.verdict === "refuse")) return "refuse";
  return rows.some((row) => row.verdict === "warn") ? "warn" : "ok";
}
