/** Which sockets are ready: one epoll, whose events carry a slot and its use. */
import { errnoName } from "../connect-cause.ts";
import * as libc from "./libc.ts";
import { mostEvents, type NativeMemory } from "./native-memory.ts";

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

  /** Events carry the slot and its use, so that none of an earlier socket is taken for this one's. */
  watch(operation: number, fd: number, slot: number, use: number, events: number): number {
    this.#memory.setEvent(events, slot, use);
    return libc.epollControl(this.#epoll, operation, fd, this.#memory.eventAddress);
  }

  /**
   * Waits with the precision of the kernel's timers when asked for a part of a millisecond and the kernel can (5.11).
   */
  wait(waitMs: number): number {
    const memory = this.#memory;
    const wholeMs = Math.max(0, Math.floor(waitMs));
    if (wholeMs >= waitMs || libc.epollWaitPrecise === null)
      return libc.epollWait(this.#epoll, memory.eventsAddress, mostEvents, wholeMs);
    memory.setTimespec(waitMs * 1e6);
    return libc.epollWaitPrecise(this.#epoll, memory.eventsAddress, mostEvents, memory.timespecAddress, 0);
  }

  /** Returns whether it was in use. */
  dispose(): boolean {
    if (this.#epoll < 0) return false;
    libc.close(this.#epoll);
    this.#epoll = -1;
    return true;
  }
}
