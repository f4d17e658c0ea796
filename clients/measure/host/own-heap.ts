/** Limits this process's heap growth and triggers garbage collections. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Percent of live memory; V8's default doubles small heaps. */
const growthPercent = 20;

/**
 * Collects garbage before it piles up: a run's record is rebuilt every second, and old copies, collected only every few
 * minutes, would look like a leak in a soak. Keeps the young generation at its current size, which V8 would let grow to
 * 32 MiB. No measurable cost at a coordinator's heap size.
 */
export function limitHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
  setFlagsFromString("--semi-space-growth-factor=1");
}

let collector: ((options: { type: "major"; execution: "async" }) => unknown) | null = null;

/** Runs a garbage collection now, in a task of its own that takes some tens of milliseconds. */
export function collectGarbage(): void {
  if (collector === null) {
    setFlagsFromString("--expose-gc");
    collector = runInNewContext("gc") as NonNullable<typeof collector>;
  }
  void collector({ type: "major", execution: "async" });
}
