/** What a shard process asks of the shard it turns, whatever the kind of run. */
import type { AwayPhase, Tally } from "../measure/tally.ts";
import type { Accounts } from "./counts/connections.ts";
import type { ShardPhase } from "./shard-phase.ts";

export interface ShardRunner {
  readonly accounts: Accounts;
  readonly phase: ShardPhase;
  /** All that must be before the hold is done. */
  readonly isRamped: boolean;
  /** How long sockets may be handled in turn before Node's own loop gets its turn, nanoseconds; 0: each time. */
  readonly yieldEveryNs: number;
  /** Which samples the figures would lack if the loop were away now; null: none. */
  readonly measuring: AwayPhase | null;
  start(atNs: number): void;
  hold(startNs: number, endNs: number): void;
  stop(): void;
  /** Another shard ended by itself, having last been heard of at this instant. */
  shardDied?(shard: number, atNs: number): void;
  /** How long the loop may wait for sockets, milliseconds. */
  waitMs(): number;
  /** Does what is due now. */
  step(): void;
  snapshot(): Tally;
}
