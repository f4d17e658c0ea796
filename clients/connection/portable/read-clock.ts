/**
 * The offset between CLOCK_REALTIME and CLOCK_MONOTONIC without asking the kernel: Date.now() has whole milliseconds, so it is
 * watched until it changes (at most one millisecond) and that instant is paired.
 */
import { type ClockOffset, nowNs } from "../../measure/clock.ts";

/** A change within a second by more than this is a clock jump, nanoseconds; a change is seen some microseconds late. */
const jumpNs = 1e6;

export class ReadClock {
  readonly offset: ClockOffset = { seconds: 0, nanoseconds: 0 };

  constructor() {
    this.sync();
  }

  /** Re-reads the offset. Returns whether the realtime clock jumped since the last call. */
  sync(): boolean {
    const before = { ...this.offset };
    const first = Date.now();
    let realtimeMs = first;
    let atNs = nowNs();
    while (realtimeMs === first) {
      atNs = nowNs();
      realtimeMs = Date.now();
    }
    this.offset.seconds = Math.floor(realtimeMs / 1000) - Math.floor(atNs / 1e9);
    this.offset.nanoseconds = (realtimeMs % 1000) * 1e6 - (atNs % 1e9);
    const movedNs = (this.offset.seconds - before.seconds) * 1e9 + (this.offset.nanoseconds - before.nanoseconds);
    return before.seconds !== 0 && Math.abs(movedNs) > jumpNs;
  }
}
