/** How often other programs kept a machine's processors from a run: what is late then may be neither side's doing. */
import { cpus } from "node:os";
import { busyCores, readHostTimes } from "./host-load.ts";

/** A machine whose processors are busy to this share has none to give. */
const fullShare = 0.92;
/** Others than the run have at least this share of the processors. */
const othersShare = 0.25;
/** Seconds below which a share of them says little. */
const fewestSeconds = 10;

/** Whether a second was one in which the run was starved. All in cores. */
export const isStarved = (busy: number, own: number, cores: number): boolean =>
  busy >= fullShare * cores && busy - own >= othersShare * cores;

export class Neighbours {
  readonly #cores = cpus().length;
  #before = readHostTimes();
  #seconds = 0;
  #starved = 0;

  /** Once a second. `own`: cores that target and generator used since the last call; null: not known of either. */
  sample(own: number | null): void {
    const now = readHostTimes();
    const busy = busyCores(this.#before, now, this.#cores);
    this.#before = now;
    if (busy === null || own === null) return;
    this.#seconds += 1;
    if (isStarved(busy, own, this.#cores)) this.#starved += 1;
  }

  /** Share of the seconds, 0 to 1; null: too few were seen. */
  get share(): number | null {
    return this.#seconds < fewestSeconds ? null : this.#starved / this.#seconds;
  }
}
