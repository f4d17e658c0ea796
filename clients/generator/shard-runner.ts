/** The interface between a shard process and its shard, for every kind of run. */
import type { AwayPhase, Tally } from "../measure/tally.ts";
import type { Accounts } from "./counts/connections.ts";
import type { ShardPhase } from "./shard-phase.ts";

export interface ShardRunner {
  readonly accounts: Accounts;
  readonly phase: ShardPhase;
  /** Everything that must happen before the hold is done. */
  readonly isRamped: boolean;
  /** How long sockets may be served before yielding to Node's event loop, nanoseconds; 0: yield every time. */
  readonly yieldEveryNs: number;
  /** Which samples a stall now would distort; null: none. */
  readonly measuring: AwayPhase | null;
  start(atNs: number): void;
  hold(startNs: number, endNs: number): void;
  stop(): void;
  /** Another shard died; it was last heard from at this instant. */
  shardDied?(shard: number, atNs: number): void;
  /** How long the loop may wait for sockets, milliseconds. */
  waitMs(): number;
  /** Does what is due now. */
  step(): void;
  snapshot(): Tally;
}
