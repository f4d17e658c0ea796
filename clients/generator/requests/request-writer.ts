/** How the requests of a pool become bytes on a connection. */
import type { Engine, PinnedSender } from "../../connection/engine.ts";

export type RequestSender = PinnedSender & Pick<Engine, "send">;

export interface RequestWriter {
  /** Tells with what requests are sent. */
  serve(sender: RequestSender): void;
  /** Sends a request of the pool on an open slot. */
  write(slot: number, request: number): void;
  /** Sends one again that a slot has sent before; `behind`: how many it has sent after it. */
  rewrite(slot: number, request: number, behind: number): void;
}
