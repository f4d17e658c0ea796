import { monotonicNs } from "../clock.ts";
import type { Stage } from "../stage.ts";
import type { Rule } from "./rules.ts";

const chunkBytes = 65_536;

/** Memory that is never used; it is resident because every page of it was written. */
export class Leak {
  readonly #stage: Stage;
  readonly #rules: readonly Rule<"life.leak">[];
  readonly #kept: Buffer[] = [];
  #keptBytes = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#rules = stage.rules.of("life.leak");
  }

  connected(): void {
    for (const { fault } of this.#on()) this.#add(fault.bytesPerConnect ?? 0);
  }

  pushed(pushes: number): void {
    for (const { fault } of this.#on()) {
      this.#add(pushes * (fault.bytesPerPush ?? 0));
      this.#stage.account.note("leak", { leakedBytes: this.#stage.totals.leakedBytes });
    }
  }

  #on(): readonly Rule<"life.leak">[] {
    return this.#rules.length === 0 ? this.#rules : this.#rules.filter((rule) => rule.waveAt(monotonicNs()) >= 0);
  }

  /**
   * Small amounts accumulate until they fill a chunk, so allocated memory lags the counted bytes by less than one
   * chunk.
   */
  #add(bytes: number): void {
    this.#stage.totals.leakedBytes += bytes;
    for (; this.#stage.totals.leakedBytes - this.#keptBytes >= chunkBytes; this.#keptBytes += chunkBytes)
      this.#kept.push(Buffer.alloc(chunkBytes, 1));
  }
}
