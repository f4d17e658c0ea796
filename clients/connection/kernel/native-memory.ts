/**
 * Owns the memory that the kernel reads and writes: two ArrayBuffers that V8 keeps off its heap (small typed arrays can
 * be moved) and that live as long as this object. Otherwise an iovec no longer referenced from JavaScript could be
 * collected while the kernel still writes through it.
 */
import { addressOf, epollDataOffset, epollEventBytes } from "./libc.ts";

/** Most events taken per epoll_wait. */
export const mostEvents = 1024;
const controlBytes = 256;

const at = {
  iovec: 0,
  message: 64,
  control: 128,
  option: 512,
  optionLength: 576,
  timespec: 640,
  tcpInfo: 704,
  event: 1024,
  events: 1088,
} as const;

export class NativeMemory {
  /** Bytes read by recvmsg; one buffer for all connections of the process. */
  readonly received: Buffer;
  /** Small kernel structures, at fixed offsets. */
  readonly #block = new ArrayBuffer(at.events + mostEvents * 16);
  readonly view = new DataView(this.#block);
  readonly #bytes = Buffer.from(this.#block);
  readonly #base = addressOf(this.#bytes);
  /** The control message as words: level at 2, type at 3, seconds at 4, nanoseconds at 6. */
  readonly control = new Uint32Array(this.#block, at.control, controlBytes / 4);
  readonly messageAddress = this.#base + at.message;
  readonly optionAddress = this.#base + at.option;
  readonly optionLengthAddress = this.#base + at.optionLength;
  readonly timespecAddress = this.#base + at.timespec;
  readonly eventAddress = this.#base + at.event;
  readonly eventsAddress = this.#base + at.events;
  readonly receivedAddress: number;
  #pinned: Buffer[] = [];

  constructor(receiveBytes: number) {
    this.received = Buffer.from(new ArrayBuffer(receiveBytes));
    this.receivedAddress = addressOf(this.received);
    const { view } = this;
    view.setBigUint64(at.iovec, BigInt(this.receivedAddress), true);
    view.setBigUint64(at.iovec + 8, BigInt(receiveBytes), true);
    view.setBigUint64(at.message + 16, BigInt(this.#base + at.iovec), true);
    view.setBigUint64(at.message + 24, 1n, true);
    view.setBigUint64(at.message + 32, BigInt(this.#base + at.control), true);
  }

  /** The kernel shortens the control length on every call, so it is reset before each recvmsg. */
  resetControl(): void {
    this.view.setUint32(at.message + 40, controlBytes, true);
    this.control[3] = 0;
  }

  /** Limits how many bytes the next recvmsg may return. */
  limitRead(bytes: number): void {
    this.view.setUint32(at.iovec + 8, Math.min(bytes, this.received.length), true);
  }

  setOption(value: number, second = 0): void {
    this.view.setInt32(at.option, value, true);
    this.view.setInt32(at.option + 4, second, true);
  }

  /** The option's value after a getsockopt or ioctl. */
  get option(): number {
    return this.view.getInt32(at.option, true);
  }

  /** Length returned by the last getsockopt, bytes. */
  get optionLength(): number {
    return this.view.getUint32(at.optionLength, true);
  }

  setOptionLength(bytes: number): void {
    this.view.setUint32(at.optionLength, bytes, true);
  }

  get tcpInfoAddress(): number {
    return this.#base + at.tcpInfo;
  }

  /** A field of `struct tcp_info` after a getsockopt. */
  tcpInfo32(offset: number): number {
    return this.view.getUint32(at.tcpInfo + offset, true);
  }

  tcpInfo64(offset: number): number {
    return Number(this.view.getBigUint64(at.tcpInfo + offset, true));
  }

  /** Seconds and nanoseconds of the last clock_gettime. */
  get timespecSeconds(): number {
    return Number(this.view.getBigInt64(at.timespec, true));
  }

  get timespecNanoseconds(): number {
    return Number(this.view.getBigInt64(at.timespec + 8, true));
  }

  /** Sets a relative timeout for a waiting call. */
  setTimespec(ns: number): void {
    this.view.setUint32(at.timespec, Math.floor(ns / 1e9), true);
    this.view.setUint32(at.timespec + 4, 0, true);
    this.view.setUint32(at.timespec + 8, ns % 1e9, true);
    this.view.setUint32(at.timespec + 12, 0, true);
  }

  /** Sets the event to register: what to watch for, and the two numbers returned with it. */
  setEvent(events: number, slot: number, use: number): void {
    const data = at.event + epollDataOffset;
    this.view.setUint32(at.event, events, true);
    this.view.setUint32(data, slot, true);
    this.view.setUint32(data + 4, use, true);
  }

  eventFlags(index: number): number {
    return this.view.getUint32(at.events + index * epollEventBytes, true);
  }

  eventSlot(index: number): number {
    return this.view.getUint32(at.events + index * epollEventBytes + epollDataOffset, true);
  }

  eventUse(index: number): number {
    return this.view.getUint32(at.events + index * epollEventBytes + epollDataOffset + 4, true);
  }

  #outgoing = Buffer.from(new ArrayBuffer(4096));
  #outgoingAddress = addressOf(this.#outgoing);

  /** Copies bytes to where the kernel may read them until the next call; returns their address. */
  stage(bytes: Uint8Array): number {
    if (bytes.length > this.#outgoing.length) {
      this.#outgoing = Buffer.from(new ArrayBuffer(bytes.length * 2));
      this.#outgoingAddress = addressOf(this.#outgoing);
    }
    this.#outgoing.set(bytes);
    return this.#outgoingAddress;
  }

  /** Copies bytes to a fixed address valid as long as this object: socket addresses, pinned requests. */
  pin(bytes: Uint8Array): { address: number; length: number } {
    const copy = Buffer.from(new ArrayBuffer(Math.max(128, bytes.length)));
    copy.set(bytes);
    this.#pinned.push(copy);
    return { address: addressOf(copy), length: bytes.length };
  }
}
