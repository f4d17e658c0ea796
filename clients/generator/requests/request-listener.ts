/** What the request accounts need, and whom they notify. */
import type { Cause } from "../../measure/cause.ts";
import type { RequestPool } from "./request-pool.ts";
import type { RequestWriter } from "./request-writer.ts";

/** Which requests there are, and how they are sent. */
export interface RequestSource {
  pool: RequestPool;
  writer: RequestWriter;
}

/** Decides what a connection does next. */
export interface RequestListener {
  /** The connection can take another request. */
  ready(slot: number): void;
  /** The connection ended or failed to open. `isCounted`: the requests pending on it have been counted as failed. */
  lost(slot: number, cause: Cause, wasOpen: boolean, isCounted: boolean): void;
  /** The step that a request sent at this instant belongs to; 0 for none. */
  stepAt(atNs: number): number;
  /** The step whose hold contains this instant; 0 for none. */
  heldStepAt(atNs: number): number;
  /** The last step whose hold has begun since this instant; 0 for none. */
  stepSince(fromNs: number): number;
  /** The run is over: requests still in flight do not count as failures. */
  readonly isGivingUp: boolean;
}
