/** Writes the requests of a pool to a connection. */
import type { Engine, PinnedSender } from "../../connection/engine.ts";

export type RequestSender = PinnedSender & Pick<Engine, "send">;

export interface RequestWriter {
  /** Sets what requests are sent with. */
  serve(sender: RequestSender): void;
  /** Sends a request of the pool on an open slot. */
  write(slot: number, request: number): void;
  /** Resends a request on a slot; `behind`: how many requests it sent after the original. */
  rewrite(slot: number, request: number, behind: number): void;
}
