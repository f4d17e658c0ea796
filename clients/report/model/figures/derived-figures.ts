/** Figures that are computed from several fields of a report, or from one second of its run. */

import { isFigure } from "../format.ts";
import type { Interval } from "../interval.ts";
import { stampedPushes } from "../push-basis.ts";
import type { Report } from "../report.ts";
import { capacityOf } from "../schema/capacity-block.ts";
import type { VariantResult } from "../schema/pipeline-block.ts";
import { isPublishedVariant } from "./article.ts";
import { exact, type Reading, repeated } from "./reading.ts";

/**
 * The target's memory at its highest over the most connections open at once, in KiB; the runtime's own base is
 * included.
 */
export function memoryPerConnectionKiB({ usage, connections }: Report): number | null {
  const memoryMiB = usage.target?.rssMiB.peak;
  return isFigure(memoryMiB) && connections.peak > 0 ? (memoryMiB * 1024) / connections.peak : null;
}

/**
 * The target's CPU time over the run (mean cores x time held and ramped) for each 1,000 pushes that arrived, in
 * milliseconds.
 */
export function cpuPerThousandPushesMs(report: Report): number | null {
  const [cores, received] = [report.usage.target?.cpu.mean, stampedPushes(report)];
  const durationMs = report.timing.rampMs + report.timing.heldMs;
  return isFigure(cores) && isFigure(received) && received > 0 && isFigure(durationMs)
    ? (cores * durationMs * 1000) / received
    : null;
}

/** The target's CPU time for each 1,000 right answers, in milliseconds, over the measured steps of an API run. */
export function cpuPerThousandAnswersMs({ steps = [] }: Report): number | null {
  const known = steps.filter(({ targetCpu, ok }) => isFigure(targetCpu) && ok > 0);
  const answers = known.reduce((sum, { ok }) => sum + ok, 0);
  return answers === 0
    ? null
    : known.reduce((sum, { targetCpu, heldMs }) => sum + (targetCpu ?? 0) * heldMs * 1000, 0) / answers;
}

/** Peak CPU as the published comparison gives it: a share of the whole machine. */
export const cpuPeakShare = ({ usage, host }: Report): number | null =>
  isFigure(usage.target?.cpu.peak) && host.cores > 0 ? usage.target.cpu.peak / host.cores : null;

/** The variant of a target that the published comparison measured, and another one. */
export const variantsOf = ({
  variants = [],
  target,
}: Report): { own: VariantResult | undefined; other: VariantResult | undefined } => {
  const own = variants.find(({ name }) => isPublishedVariant(target.name, name));
  return { own, other: variants.find((variant) => variant !== own) };
};

export function linesPerSecond(report: Report): Reading | null {
  const { own } = variantsOf(report);
  if (!own?.ms || report.log === undefined) return null;
  const { lines } = report.log;
  const rate = (ms: number): number => (lines * 1000) / ms;
  return repeated({ median: rate(own.ms.median), min: rate(own.ms.max), max: rate(own.ms.min) }, own.runs);
}

/** A bound that is not the target's own limit says nothing about the target. */
export const ownUpper = (report: Report): Reading | null =>
  exact(capacityOf(report)?.regular === true ? capacityOf(report)?.upper : null);

/** CPU of the seconds after the ramp. */
export const steadyCpu = ({ phase, usage }: Interval): number | null =>
  phase === "ramp" ? null : (usage.target?.cpu ?? null);

/** Right answers of a second of the hold; the counts of the intervals are totals. */
export function answersOfSecond({ phase, requests, atMs }: Interval, before: Interval | undefined): number | null {
  if (phase !== "hold" || before?.phase !== "hold" || !before.requests || !requests || atMs <= before.atMs) return null;
  return ((requests.ok - before.requests.ok) * 1000) / (atMs - before.atMs);
}
