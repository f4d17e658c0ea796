/**
 * A ws library client that reports the peer's close frame when it arrives; the library itself only reports the closed
 * socket.
 */
import { WebSocket } from "ws";

export class DeflateClient extends WebSocket {
  /** The slot it belongs to; -1 once dropped. */
  slot = -1;
  /** Called with the peer's close code, 0 for none. */
  onFarewell: (slot: number, code: number) => void = () => {};

  /**
   * The library calls this method with the peer's code to answer a close frame; our own closes go through {@link
   * sayFarewell}. It also calls it for protocol violations, just before reporting the error, so the callback is
   * deferred by a tick.
   */
  override close(code?: number, data?: string | Buffer): void {
    if (this.slot >= 0) process.nextTick(() => this.slot >= 0 && this.onFarewell(this.slot, code ?? 0));
    super.close(code, data);
  }

  sayFarewell(code: number): void {
    super.close(code);
  }
}
