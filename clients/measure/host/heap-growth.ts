/** How far this process's heap may grow between two collections of its old generation. */
import { setFlagsFromString } from "node:v8";

/** Percent of what is alive; V8's own choice doubles small heaps. */
const growthPercent = 20;

/**
 * Collects garbage before it piles up: the record of a run is made anew every second, and tens of megabytes of old
 * ones, collected in steps of minutes, look like a leak in a soak. Costs no measurable time at the sizes a coordinator
 * has.
 */
export function limitHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
}
