/**
 * Kernel receive stamps. The kernel stamps in CLOCK_REALTIME but figures use CLOCK_MONOTONIC, so the offset is re-read
 * every second from bracketed readings (MONOTONIC, REALTIME, MONOTONIC; the narrowest of several): an offset read only
 * once was off by 55 us after minutes.
 */
import { type ClockOffset, clockJumpNs } from "../../measure/clock.ts";
import * as libc from "./libc.ts";
import type { NativeMemory } from "./native-memory.ts";

const sandwiches = 8;

export class StampClock {
  readonly offset: ClockOffset = { seconds: 0, nanoseconds: 0 };
  readonly #memory: NativeMemory;
  readonly #armed: number;

  constructor(memory: NativeMemory) {
    this.#memory = memory;
    this.sync();
    // The kernel enables stamping lazily, some milliseconds after the first socket requests it; this socket requests it
    // now and keeps it enabled.
    this.#armed = libc.socket(libc.AF_INET, libc.SOCK_DGRAM | libc.SOCK_CLOEXEC, 0);
    memory.setOption(1);
    libc.setsockopt(this.#armed, libc.SOL_SOCKET, libc.SO_TIMESTAMPNS, memory.optionAddress, 4);
  }

  /** Re-reads the offset. Returns whether the realtime clock jumped since the last call. */
  sync(): boolean {
    const before = { ...this.offset };
    let narrowestNs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < sandwiches; i++) {
      const first = this.#read(libc.CLOCK_MONOTONIC);
      libc.clockGettime(libc.CLOCK_REALTIME, this.#memory.timespecAddress);
      const seconds = this.#memory.timespecSeconds;
      const nanoseconds = this.#memory.timespecNanoseconds;
      const widthNs = this.#read(libc.CLOCK_MONOTONIC) - first;
      if (widthNs >= narrowestNs) continue;
      narrowestNs = widthNs;
      const middleNs = first + widthNs / 2;
      this.offset.seconds = seconds - Math.floor(middleNs / 1e9);
      this.offset.nanoseconds = nanoseconds - (middleNs % 1e9);
    }
    const movedNs = (this.offset.seconds - before.seconds) * 1e9 + (this.offset.nanoseconds - before.nanoseconds);
    return before.seconds !== 0 && Math.abs(movedNs) > clockJumpNs.kernel;
  }

  #read(clock: number): number {
    libc.clockGettime(clock, this.#memory.timespecAddress);
    return this.#memory.timespecSeconds * 1e9 + this.#memory.timespecNanoseconds;
  }

  /** The stamp of the last recvmsg in CLOCK_MONOTONIC nanoseconds, or 0 when the kernel gave none. */
  stampNs(): number {
    const { control } = this.#memory;
    if (control[3] !== libc.SO_TIMESTAMPNS || control[2] !== libc.SOL_SOCKET) return 0;
    return (control[4]! - this.offset.seconds) * 1e9 + (control[6]! - this.offset.nanoseconds);
  }

  dispose(): void {
    libc.close(this.#armed);
  }
}
