/** What each engine implements for itself: its sockets and its clock. slot-engine.ts builds on it. */
import type { ClockOffset } from "../measure/clock.ts";
import type { Destination } from "./codec/mqtt/options.ts";
import type { SocketEvidence } from "./engine.ts";

export abstract class EngineSockets {
  abstract readonly name: "kernel" | "portable";
  abstract readonly clock: "kernel" | "read";
  abstract readonly offset: ClockOffset;
  abstract turn(waitMs: number): void | Promise<void>;
  abstract syncClock(): void;
  abstract evidence(slot: number): SocketEvidence | null;
  abstract write(slot: number, bytes: Uint8Array): void;
  abstract wake(slot: number): boolean;
  protected abstract readFrom(slot: number, bytes: number): void;
  /** Creates a socket and starts connecting it; failures are reported through `fail`. */
  protected abstract dial(slot: number): void;
  /** Releases the socket at once, with everything kept for it. */
  protected abstract drop(slot: number, isReset: boolean): void;
  /** Ends the sending direction of the stream. */
  protected abstract halfClose(slot: number): void;
  /**
   * Sends the protocol's close message; false when it has none, or when it must be followed by the end of the sending
   * direction.
   */
  protected abstract sayFarewell(slot: number): boolean;
  /** Returns whether the message was sent or queued. */
  protected abstract sendMessage(slot: number, payload: Uint8Array, isBinary: boolean, to?: Destination): boolean;
  protected abstract sendPing(slot: number, sentNs: number): void;
  /** Sets whether bytes are read as they arrive (not on a slow slot while it is open). */
  protected abstract setReading(slot: number, isReading: boolean): void;
  protected abstract readonly peerEndsFirst: boolean;
}
