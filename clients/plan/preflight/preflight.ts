/**
 * The pre-flight table: whether this host can carry a plan, row by row, before the first connection. Pure given the
 * readings.
 */
import type { HostLimits } from "../../measure/host/host-limits.ts";
import { amountChecks } from "./preflight-amounts.ts";
import type { PreflightPlan, PreflightRow, PreflightVerdict } from "./preflight-row.ts";
import { settingChecks } from "./preflight-settings.ts";

/** All rows this host's readings allow. A row whose limit cannot be read is left out. */
export function preflight(plan: PreflightPlan, limits: HostLimits): PreflightRow[] {
  return [...amountChecks, ...settingChecks].flatMap((check) => check(plan, limits) ?? []);
}

/** The worst verdict of a table; `ok` for an empty one. */
export function worstVerdict(rows: readonly PreflightRow[]): PreflightVerdict {
  if (rows.some((row) => row.verdict === "refuse")) return "refuse";
  return rows.some((row) => row.verdict === "warn") ? "warn" : "ok";
}
