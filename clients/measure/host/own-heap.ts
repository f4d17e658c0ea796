/** The garbage of this process: how far its heap may grow, and a collection when one is asked for. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Percent of what is alive; V8's own choice doubles small heaps. */
const growthPercent = 20;

/**
 * Collects garbage before it piles up: the record of a run is made anew every second, and old ones, collected in steps
 * of minutes, look like a leak in a soak. The young generation keeps the size it has; V8 would let it grow to 32 MiB.
 * Costs no measurable time at the sizes a coordinator has.
 */
export function limitHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
  setFlagsFromString("--semi-space-growth-factor=1");
}

let collector: ((options: { type: "major"; execution: "async" }) => unknown) | null = null;

/** Collects what is garbage now, as a task of its own that takes some tens of milliseconds. */
export function collectGarbage(): void {
  if (collector === null) {
    setFlagsFromString("--expose-gc");
    collector = runInNewContext("gc") as NonNullable<typeof collector>;
  }
  void collector({ type: "major", execution: "async" });
}
