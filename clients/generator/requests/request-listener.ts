/** What the books of requests are given, and whom they tell. */
import type { Cause } from "../../measure/cause.ts";
import type { RequestPool } from "./request-pool.ts";
import type { RequestWriter } from "./request-writer.ts";

/** Which requests there are, and how they are sent. */
export interface RequestSource {
  pool: RequestPool;
  writer: RequestWriter;
}

/** Who decides what a connection does next. */
export interface RequestListener {
  /** The connection can take a request. */
  ready(slot: number): void;
  /**
   * The connection is gone, or did not open. `isCounted`: requests that waited for it were counted as failed with it.
   */
  lost(slot: number, cause: Cause, wasOpen: boolean, isCounted: boolean): void;
  /** The step that what is asked at an instant belongs to, 0 for none. */
  stepAt(atNs: number): number;
  /** The step whose hold an instant lies in, 0 for none. */
  heldStepAt(atNs: number): number;
  /** The last step whose hold has begun since an instant, 0 for none. */
  stepSince(fromNs: number): number;
  /** The run is over: what is still in flight is not a failure. */
  readonly isGivingUp: boolean;
}
