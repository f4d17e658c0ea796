/** A pipeline report made up for tests: plausible, complete, and never measured. */

import type { Report } from "../model/report.ts";
import { generationOf, type VariantResult } from "../model/schema/pipeline-block.ts";
import { sampleReport } from "./sample-report.ts";

/** A variant that took `medianMs`. */
export function sampleVariant(name: string, medianMs: number, changes: Partial<VariantResult> = {}): VariantResult {
  return {
    name,
    state: "ok",
    ok: true,
    why: null,
    runs: 5,
    ms: { median: medianMs, min: medianMs * 0.9, max: medianMs * 1.1 },
    parseMs: { median: medianMs * 0.8, min: medianMs * 0.7, max: medianMs * 0.9 },
    cpuSeconds: medianMs / 1000,
    rssMiB: 20,
    account: "exact",
    uniqueUsers: 12_345,
    badLines: 2,
    firstBadLine: 50_000,
    linesPerSecond: 1e8 / medianMs,
    relativeToCpython: null,
    ...changes,
  };
}

/** A finished, passing pipeline run with a profile. */
export function samplePipeline(target: string, variants: VariantResult[], changes: Partial<Report> = {}): Report {
  const flame = {
    name: "all",
    share: 1,
    children: [{ name: "main", share: 1, children: [{ name: "parse <T>&", share: 0.75, children: [] }] }],
  };
  return sampleReport({
    kind: "pipeline",
    protocol: "log file",
    target: { name: target, version: "1.0", settings: {}, url: "", replicas: 1 },
    limits: [],
    log: { lines: 100_000, uniqueUsers: 12_345, bad: 2, firstBadLine: 50_000, bytes: 50_000_000, seed: 1 },
    generation: generationOf(50_000_000, 100, variants),
    variants,
    footprint: { startUpMs: { median: 20, min: 18, max: 30 }, starts: 3, deployableBytes: 17 << 20 },
    profiles: [
      {
        of: variants[0]?.name ?? "server",
        format: "pstats",
        file: "profile-x.pstats",
        busySeconds: 1.25,
        stacks: "approximated",
        top: [{ function: "parse <T>&", selfShare: 0.75, totalShare: 0.75 }],
        flame,
      },
    ],
    ...changes,
  });
}
