/** Pings, spread evenly over the connections and the ping interval. */
import type { Engine } from "../connection/engine.ts";
import { type Accounts, slotState } from "./counts/connections.ts";
import type { ShardPlan } from "./plan.ts";

export class Pinging {
  readonly #everyMs: number | null;
  readonly #slots: number;
  readonly #engine: Engine;
  readonly #accounts: Accounts;
  #sinceNs = 0;
  #turns = 0;

  constructor({ pingEveryMs, engine: { slots } }: ShardPlan, engine: Engine, accounts: Accounts) {
    this.#everyMs = pingEveryMs;
    this.#slots = slots;
    this.#engine = engine;
    this.#accounts = accounts;
  }

  hold(startNs: number): void {
    this.#sinceNs = startNs;
  }

  step(atNs: number): void {
    const due = this.#everyMs === null ? 0 : Math.floor(((atNs - this.#sinceNs) / 1e6 / this.#everyMs) * this.#slots);
    for (; this.#turns < due; this.#turns++) {
      const slot = this.#turns % this.#slots;
      if (this.#accounts.state[slot] !== slotState.open) continue;
      this.#accounts.tally.counts.pingsSent++;
      this.#engine.ping(slot);
    }
  }
}
