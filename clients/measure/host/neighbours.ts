/**
 * How often other programs starved a run of CPU: delays at such times may be caused by neither target nor generator.
 */
import { cpus } from "node:os";
import { busyCores, readHostTimes } from "./host-load.ts";

/** A machine counts as saturated when this share of its processors is busy. */
const fullShare = 0.92;
/** Other programs use at least this share of the processors. */
const othersShare = 0.25;
/** With fewer seconds than this, no share is reported. */
const fewestSeconds = 10;

/** Whether the run was starved of CPU in a second. All arguments in cores. */
export const isStarved = (busy: number, own: number, cores: number): boolean =>
  busy >= fullShare * cores && busy - own >= othersShare * cores;

export class Neighbours {
  readonly #cores = cpus().length;
  #before = readHostTimes();
  #seconds = 0;
  #starved = 0;

  /** Call once a second. `own`: cores used by target and generator since the last call; null when unknown. */
  sample(own: number | null): void {
    const now = readHostTimes();
    const busy = busyCores(this.#before, now, this.#cores);
    this.#before = now;
    if (busy === null || own === null) return;
    this.#seconds += 1;
    if (isStarved(busy, own, this.#cores)) this.#starved += 1;
  }

  /** Share of starved seconds, 0 to 1; null with too few samples. */
  get share(): number | null {
    return this.#seconds < fewestSeconds ? null : this.#starved / this.#seconds;
  }
}
