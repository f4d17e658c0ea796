/** Notes on the variants of a pipeline that no figure covers. Pure. */

import type { Reason } from "../../report/model/report.ts";
import type { VariantResult } from "../../report/model/schema/pipeline-block.ts";

/** Ratio of slowest to fastest run above which external influence is assumed. */
const unevenFrom = 1.3;
/** Ratio of elapsed to CPU time above which a purely computing command had to wait for a processor. */
const waitedFrom = 1.5;
/** Shorter runs vary naturally, milliseconds. */
const shortMs = 100;

/** The notes for one row, most important first. */
export function variantNotes({ name, state, why, ms, cpuSeconds, account }: VariantResult): Reason[] {
  if (state === "unavailable") return [{ code: "variant-unavailable", text: `${name} cannot run here: ${why}` }];
  const notes: Reason[] = [];
  if (ms === null) return notes;
  if (ms.median >= shortMs && cpuSeconds !== null && ms.median > waitedFrom * cpuSeconds * 1000) {
    const text = `${name}: took ${(ms.median / 1000).toFixed(2)} s for ${cpuSeconds.toFixed(2)} s of CPU time: it had to wait for a CPU that something else was using; compare CPU times, or run again on an idle machine`;
    notes.push({ code: "waited", text });
  } else if (ms.median >= shortMs && ms.max > unevenFrom * ms.min) {
    const text = `${name}: its slowest run took ${(ms.max / ms.min).toFixed(2)} times its fastest; something else was using this machine; more --repeats give a more stable median`;
    notes.push({ code: "uneven", text });
  }
  if (account === "sampled") {
    const text = `${name}: CPU and memory were sampled from /proc, because koffi, which reads the kernel's own figures, was not loaded`;
    notes.push({ code: "sampled-usage", text });
  }
  return notes;
}
