/** Socket readiness: one epoll, whose events carry a slot and its use number. */
import { errnoName } from "../connect-cause.ts";
import * as libc from "./libc.ts";
import type { NativeMemory } from "./native-memory.ts";

export class Readiness {
  readonly #memory: NativeMemory;
  #epoll: number;

  constructor(memory: NativeMemory) {
    this.#memory = memory;
    this.#epoll = libc.epollCreate(libc.EPOLL_CLOEXEC);
    if (this.#epoll < 0)
      throw new Error(
        `expected a descriptor for epoll, got ${errnoName(libc.errno())}; raise the open file limit (ulimit -n)`,
      );
  }

  /**
   * Events carry the slot's use number, so that an event of an earlier socket is not mistaken for the current one's.
   */
  watch(operation: number, fd: number, slot: number, use: number, events: number): number {
    this.#memory.setEvent(events, slot, use);
    return libc.epollControl(this.#epoll, operation, fd, this.#memory.eventAddress);
  }

  /**
   * Waits for at most `most` events; further ones are returned by the next call. Nanosecond precision for fractions of
   * a millisecond where the kernel supports it (5.11).
   */
  wait(waitMs: number, most: number): number {
    const memory = this.#memory;
    const wholeMs = Math.max(0, Math.floor(waitMs));
    if (wholeMs >= waitMs || libc.epollWaitPrecise === null)
      return libc.epollWait(this.#epoll, memory.eventsAddress, most, wholeMs);
    memory.setTimespec(waitMs * 1e6);
    return libc.epollWaitPrecise(this.#epoll, memory.eventsAddress, most, memory.timespecAddress, 0);
  }

  /** Returns whether it was in use. */
  dispose(): boolean {
    if (this.#epoll < 0) return false;
    libc.close(this.#epoll);
    this.#epoll = -1;
    return true;
  }
}
