/** Bytes that peers have not accepted yet, queued by slot until their socket is writable again. */
import * as libc from "./libc.ts";
import type { NativeMemory } from "./native-memory.ts";

/** Most queued bytes passed to one send call. */
const sendBytes = 262144;

export class Outbox {
  readonly #memory: NativeMemory;
  readonly #waiting = new Map<number, Buffer>();

  constructor(memory: NativeMemory) {
    this.#memory = memory;
  }

  has(slot: number): boolean {
    return this.#waiting.size > 0 && this.#waiting.has(slot);
  }

  bytes(slot: number): number {
    return this.#waiting.get(slot)?.length ?? 0;
  }

  delete(slot: number): void {
    this.#waiting.delete(slot);
  }

  /**
   * Sends bytes, after any that are queued. Returns true when the queue became non-empty, so that writability must be
   * watched.
   */
  send(slot: number, fd: number, bytes: Uint8Array): boolean {
    const waiting = this.#waiting.get(slot);
    if (waiting !== undefined) {
      this.#waiting.set(slot, Buffer.concat([waiting, bytes]));
      return false;
    }
    const sent = this.#sendStaged(fd, bytes);
    return sent < bytes.length && this.wait(slot, bytes, sent);
  }

  /** Queues what a send call did not accept; false when the call failed: the next read reports why the socket ended. */
  wait(slot: number, bytes: Uint8Array, sent: number): boolean {
    if (sent < 0 && libc.errno() !== libc.EAGAIN) return false;
    this.#waiting.set(slot, Buffer.from(bytes.subarray(Math.max(0, sent))));
    return true;
  }

  /** Sends queued bytes. Returns true when the queue is empty. */
  flush(slot: number, fd: number): boolean {
    const rest = this.#waiting.get(slot);
    if (rest === undefined) return true;
    const sent = this.#sendStaged(fd, rest);
    if (sent < 0 && libc.errno() === libc.EAGAIN) return false;
    if (sent >= 0 && sent < rest.length) {
      this.#waiting.set(slot, rest.subarray(sent));
      return false;
    }
    this.#waiting.delete(slot);
    return true;
  }

  #sendStaged(fd: number, bytes: Uint8Array): number {
    const part = bytes.length > sendBytes ? bytes.subarray(0, sendBytes) : bytes;
    return libc.send(fd, this.#memory.stage(part), part.length, libc.MSG_NOSIGNAL);
  }
}
