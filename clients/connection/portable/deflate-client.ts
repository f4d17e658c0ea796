/**
 * A client of the ws library that tells of the peer's close frame when it comes; the library tells when the socket is
 * gone.
 */
import { WebSocket } from "ws";

export class DeflateClient extends WebSocket {
  /** Whose it is; -1 once it was dropped. */
  slot = -1;
  /** Called with the peer's close code, 0 for none. */
  onFarewell: (slot: number, code: number) => void = () => {};

  /**
   * The library answers a close frame by this method, with its code; what is ours comes by {@link sayFarewell}. It
   * answers what breaks the protocol by it too, and says so right after: hence the tick.
   */
  override close(code?: number, data?: string | Buffer): void {
    if (this.slot >= 0) process.nextTick(() => this.slot >= 0 && this.onFarewell(this.slot, code ?? 0));
    super.close(code, data);
  }

  sayFarewell(code: number): void {
    super.close(code);
  }
}
