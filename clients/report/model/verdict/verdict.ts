/**
 * Three verdicts, not two: `invalid` when the generator or the host broke first, or less was measured than planned,
 * whatever the figures say; then `fail` when a limit was missed or the target died; else `pass`. A run that its user
 * stopped has none. Pure.
 */
import { causeList, causes } from "../../../measure/cause.ts";
import { type Limit, wantedText } from "../../../scenario/limit.ts";
import { latePushes } from "../push-basis.ts";
import type { LimitResult, Reason, Report, Verdict } from "../report.ts";
import { clockDoubt, restsOnClock } from "./clock-doubt.ts";
import { latencyOf } from "./latency-figure.ts";
import { loadReasons } from "./load-reasons.ts";
import type { Measured } from "./measured.ts";
import { trustReasons } from "./trust-reasons.ts";

const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/**
 * The measured value of a figure a limit may name; null when it was not measured: see {@link judgeLimits} for what that
 * means.
 */
export function figureValue(figure: string, measured: Measured): number | null {
  const { connections, pushes, latencyMs, usage } = measured;
  const [name = "", quantile] = figure.split(".");
  const latency = latencyOf[name];
  if (latency !== undefined) return latencyMs[latency]?.[(quantile ?? "p99") as "p99"] ?? null;
  const target = usage.target;
  const late = latePushes(measured);
  switch (name) {
    case "unexpectedCloseRatio":
      return ratio(
        connections.closedUnexpectedly - (measured.excusedCloses ?? 0),
        connections.opened + connections.reconnects.opened,
      );
    case "refusedRatio":
      return ratio(connections.refused, connections.attempted);
    case "lostRatio":
      return pushes === null ? null : ratio(pushes.lost, pushes.due);
    case "lateRatio":
      return late === null || pushes === null ? null : ratio(late, pushes.due);
    case "duplicatedRatio":
      return pushes === null ? null : ratio(pushes.duplicated, pushes.due);
    case "outOfOrderRatio":
      return pushes === null ? null : ratio(pushes.outOfOrder, pushes.due);
    case "targetRssMiB":
      return target === null ? null : quantile === "peak" ? target.rssMiB.peak : target.rssMiB.steady;
    case "targetCpu":
      return target === null ? null : quantile === "peak" ? target.cpu.peak : target.cpu.mean;
    case "targetFds":
      return target?.fds ?? null;
    default:
      return measured.extra?.[figure] ?? null;
  }
}

/**
 * Holds the limits against the figures. A limit the user set on a figure that was not measured is not ok, and makes the
 * run invalid. A default one does not apply then: a share of pushes nobody can count (no ticks), or of connections or
 * requests of which there were none, which is told by {@link loadReasons} and the reasons of a dead target.
 */
export function judgeLimits(limits: readonly Limit[], own: ReadonlySet<string>, measured: Measured): LimitResult[] {
  return limits.map(({ figure, atMost, atLeast }) => {
    const value = figureValue(figure, measured);
    const ok =
      value === null
        ? !own.has(figure)
        : (atMost === undefined || value <= atMost) && (atLeast === undefined || value >= atLeast);
    return {
      limit: figure,
      ...(atMost === undefined ? {} : { atMost }),
      ...(atLeast === undefined ? {} : { atLeast }),
      measured: value,
      ok,
    };
  });
}

/** Why the target failed. */
export function failReasons(measured: Measured, limits: readonly LimitResult[]): Reason[] {
  const { connections } = measured;
  const { byCause } = connections;
  const reasons: Reason[] = [];
  if (isTargetDead(measured)) {
    const open = byCause["target-died"];
    const when = open
      ? `while ${open} connections were open`
      : "before the end of the run, while no connection was open";
    reasons.push({
      code: "target-died",
      text: `the target's process exited ${when}; its log is in the run's folder`,
    });
  }
  if (connections.attempted > 0 && connections.opened === 0) {
    const came = causeList.flatMap((cause) => (byCause[cause] ? [`${cause} ${byCause[cause]}`] : [])).join(", ");
    const isReached = causeList.some((cause) => causes[cause].stage === "upgrade" && byCause[cause]);
    if (isReached) {
      const statuses = Object.keys(connections.byCode).join(", ");
      reasons.push({
        code: "upgrade-refused",
        text: `${upgradeProblem(byCause)} none of ${connections.attempted} connections (${statuses || came}); ${upgradeAdvice(byCause)}`,
      });
    } else {
      reasons.push({
        code: "target-unreachable",
        text: `none of ${connections.attempted} connections opened (${came}); is the target running, and is the address right?`,
      });
    }
  }
  const { stoppedEarly } = measured;
  if (stoppedEarly !== undefined) reasons.push({ code: "stopped-early", text: stoppedEarly.text });
  for (const { limit, atMost, atLeast, measured: value, ok } of limits) {
    // What a run that was ended had no time to measure is explained by its end.
    if (ok || (value === null && stoppedEarly !== undefined)) continue;
    const wanted = wantedText({ atMost, atLeast });
    reasons.push(
      value === null
        ? { code: "not-measured", text: `${limit}: expected ${wanted}, but it was not measured` }
        : { code: "limit-missed", text: `${limit}: expected ${wanted}, measured ${Number(value.toPrecision(4))}` },
    );
  }
  return reasons;
}

const upgradeProblem = (byCause: Measured["connections"]["byCause"]): string =>
  byCause["upgrade-rejected"] || byCause["upgrade-invalid"]
    ? "the target answered, but opened"
    : "the target accepted connections, but opened";

/** What to look at when no connection opened, by the first cause that came. */
function upgradeAdvice(byCause: Measured["connections"]["byCause"]): string {
  if (byCause["tls-failed"])
    return "does the target use TLS on that port, and is its certificate trusted by tls.certificateAuthority or the system?";
  if (byCause["closed-early"] && !byCause["upgrade-rejected"] && !byCause["upgrade-invalid"])
    return "it closed them without an answer: has it reached a limit of its own (connections, descriptors), or does it expect TLS?";
  return "are the path and the protocol right?";
}

/** A process of the target ended: by its connections, or, when it had none or they were being closed, by its end. */
const isTargetDead = ({ connections, replicasEnded = 0 }: Measured): boolean =>
  (connections.byCause["target-died"] ?? 0) > 0 || replicasEnded > 0;

/** Why the figures say nothing certain about the target. */
function invalidReasons(measured: Measured, limits: readonly LimitResult[]): Reason[] {
  const doubt = clockDoubt(measured);
  const isDoubtful = doubt !== null && limits.some(restsOnClock);
  return [
    ...trustReasons(measured, limits),
    ...(isTargetDead(measured) || measured.stoppedEarly !== undefined ? [] : loadReasons(measured)),
    ...(isDoubtful ? [doubt] : []),
  ];
}

export interface Judgement {
  /** Null: the run was not finished. */
  verdict: Verdict | null;
  reasons: Reason[];
  limits: LimitResult[];
}

/** The verdict and everything that speaks for it. */
export function judge(
  measured: Measured,
  limits: readonly Limit[],
  own: ReadonlySet<string>,
): Judgement & { verdict: Verdict } {
  const results = judgeLimits(limits, own, measured);
  const invalid = invalidReasons(measured, results);
  const failed = failReasons(measured, results);
  const isInvalid = invalid.length > 0 || failed.some(({ code }) => code === "not-measured");
  const isDead = failed.some(({ code }) => code === "target-died" || code === "target-unreachable");
  const verdict = isInvalid && !(isDead && invalid.length === 0) ? "invalid" : failed.length > 0 ? "fail" : "pass";
  return { verdict, reasons: [...invalid, ...failed], limits: results };
}

/**
 * The same of a run in any state. One that goes on has no reasons; one that was stopped has those that need no whole
 * run.
 */
export function judgeSoFar(
  state: Report["state"],
  measured: Measured,
  limits: readonly Limit[],
  own: ReadonlySet<string>,
): Judgement {
  const judgement = judge(measured, limits, own);
  if (state === "finished") return judgement;
  const needsWhole = new Set(["not-measured", ...loadReasons(measured).map(({ code }) => code)]);
  const reasons = state === "running" ? [] : judgement.reasons.filter(({ code }) => !needsWhole.has(code));
  return { ...judgement, verdict: null, reasons };
}
