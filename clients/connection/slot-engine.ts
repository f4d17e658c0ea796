/**
 * The life cycle of a connection, the same in every engine. A slot goes
 *
 *   idle -> connecting -> (securing ->) upgrading -> open -> closing -> idle
 *
 * with its state in typed-array columns. Deadlines are checked by {@link SlotEngine.expire} walking the columns, so no
 * connection needs a timer. A sink may open, close or abandon any slot from within a call: each use of a slot has its
 * own number, and the rest of a read of an earlier use is dropped.
 */
import type { Cause, CauseCode } from "../measure/cause.ts";
import { nowNs } from "../measure/clock.ts";
import type { Destination } from "./codec/mqtt/options.ts";
import type { ViolationRule, Wire } from "./codec/protocol.ts";
import type {
  CloseManner,
  ConnectionSink,
  Engine,
  EngineCounts,
  EngineOptions,
  Greetings,
  StampKind,
  TlsSession,
} from "./engine.ts";
import { ownStamp, sharedStamp, unstamped } from "./engine.ts";
import { EngineSockets } from "./engine-sockets.ts";
import { closing, connecting, idle, isBeginning, open, securing, upgrading } from "./slot-state.ts";

export abstract class SlotEngine extends EngineSockets implements Engine, Wire {
  readonly counts: EngineCounts = { reads: 0, unstampedReads: 0, sharedStamps: 0, bytes: 0, clockJumps: 0 };
  protected readonly options: EngineOptions;
  protected readonly sink: ConnectionSink;
  protected readonly state: Uint8Array;
  /** Number of a slot's current use, counted over all slots from 1; 0 while it has no socket. */
  protected readonly use: Uint32Array;
  /** When the slot's current phase began. */
  readonly #sinceNs: Float64Array;
  readonly #startedNs: Float64Array;
  /** When TCP was connected, for slots that passed through `securing`. */
  readonly #tcpNs: Float64Array;
  /** Why the generator closes a closing slot, until it is reported. */
  readonly #closeCauses = new Map<number, Cause>();
  readonly #firstMessage: Buffer | null;
  protected readonly greetings: Greetings | null;
  #uses = 0;
  /** Slots that are neither idle nor open, that is, those with a deadline. */
  protected inTransit = 0;
  /** The read being parsed: its slot's use number, when it was read, and its stamp. */
  #readUse = 0;
  #readNs = 0;
  #stampNs = 0;
  #stamp: StampKind = unstamped;

  constructor(options: EngineOptions, sink: ConnectionSink, greetings: Greetings | null = null) {
    super();
    this.options = options;
    this.sink = sink;
    this.greetings = greetings;
    this.state = new Uint8Array(options.slots);
    this.use = new Uint32Array(options.slots);
    this.#sinceNs = new Float64Array(options.slots);
    this.#startedNs = new Float64Array(options.slots);
    this.#tcpNs = new Float64Array(options.slots);
    this.#firstMessage = options.firstMessage === null ? null : Buffer.from(options.firstMessage);
  }

  open(slot: number): void {
    // Reported already; it was only waiting for the peer's FIN.
    if (this.state[slot] === closing && !this.#closeCauses.has(slot)) this.#release(slot, false);
    if (this.state[slot] !== idle) throw new Error(`expected slot ${slot} to be free before it is opened`);
    this.#startedNs[slot] = this.#sinceNs[slot] = nowNs();
    this.#uses = (this.#uses + 1) >>> 0 || 1;
    this.use[slot] = this.#uses;
    this.state[slot] = connecting;
    this.inTransit++;
    this.dial(slot);
  }

  /** The TCP connection is established and the greeting is sent. */
  protected connected(slot: number): void {
    this.#tcpNs[slot] = this.#sinceNs[slot] = nowNs();
    this.state[slot] = upgrading;
  }

  /** Called after {@link connected}: TLS precedes the greeting. */
  protected beginSecuring(slot: number): void {
    this.state[slot] = securing;
  }

  /** The TLS handshake is complete, its last bytes arrived at `atNs`, and the greeting is sent. */
  protected secured(slot: number, atNs: number, session: TlsSession): void {
    this.#sinceNs[slot] = nowNs();
    this.state[slot] = upgrading;
    this.sink.secured?.(slot, Math.max(0, atNs - this.#tcpNs[slot]!), session);
  }

  /** The connect or the handshake failed. */
  protected fail(slot: number, cause: Cause, code: CauseCode, isReset = false, detail = ""): void {
    this.#release(slot, isReset);
    this.sink.refused(slot, cause, code, nowNs(), detail);
  }

  /** Stamp of the read being parsed: the kernel's, or the read time where there is none. */
  get stampNs(): number {
    return this.#stampNs;
  }

  /** When the bytes being parsed were read. */
  get readNs(): number {
    return this.#readNs;
  }

  /** Called before bytes of this slot are parsed. */
  protected beginRead(slot: number, readNs: number, stampNs: number, stamp: StampKind): void {
    this.#readUse = this.use[slot]!;
    this.#readNs = readNs;
    this.#stampNs = stampNs;
    this.#stamp = stamp;
  }

  /** Whether the slot still has the use it had when {@link beginRead} was called. */
  protected isSameUse(slot: number): boolean {
    return this.use[slot] === this.#readUse;
  }

  /** Whether both sides have sent their close message, so that later bytes are ignored. */
  protected isOver(slot: number): boolean {
    return this.state[slot] === closing && !this.#closeCauses.has(slot);
  }

  opened(slot: number): void {
    if (!this.isSameUse(slot)) return;
    const greetedNs = this.#sinceNs[slot]!;
    this.state[slot] = open;
    this.inTransit--;
    this.#sinceNs[slot] = this.#stampNs;
    if (slot < this.options.slowSlots) this.setReading(slot, false);
    this.sink.opened(slot, this.#startedNs[slot]!, this.#tcpNs[slot]!, this.#stampNs, greetedNs);
    if (this.#firstMessage === null || !this.isSameUse(slot)) return;
    this.send(slot, this.greetings?.firstMessage(slot) ?? this.#firstMessage);
  }

  agreed(slot: number, what: string, value: string): void {
    if (this.isSameUse(slot)) this.sink.agreed?.(slot, what, value);
  }

  refused(slot: number, cause: Cause, code: CauseCode): void {
    if (this.isSameUse(slot)) this.fail(slot, cause, code);
  }

  message(
    slot: number,
    bytes: Buffer,
    start: number,
    end: number,
    isLast: boolean,
    isText = false,
    isRepeat = false,
  ): void {
    if (this.use[slot] !== this.#readUse) return;
    let stamp = this.#stamp;
    // The stamp is that of the read's last byte: an upper bound for messages that end before it.
    if (!isLast && stamp === ownStamp) stamp = sharedStamp;
    if (stamp === sharedStamp) this.counts.sharedStamps++;
    this.sink.message(slot, bytes, start, end, this.#stampNs, this.#readNs, stamp, isText, isRepeat);
  }

  pong(slot: number, sentNs: number): void {
    if (!this.isSameUse(slot)) return;
    const roundTripNs = this.#stampNs - sentNs;
    if (roundTripNs > 0 && sentNs > this.#startedNs[slot]!) this.sink.pong(slot, roundTripNs);
  }

  acknowledged(slot: number, sentNs: number, isRefused: boolean): void {
    if (this.isSameUse(slot)) this.sink.acknowledged?.(slot, this.#stampNs - sentNs, isRefused);
  }

  peerClosed(slot: number, code: number, reason = ""): void {
    if (!this.isSameUse(slot)) return;
    const asked = this.#closeCauses.get(slot);
    if (this.peerEndsFirst) {
      this.#closeCauses.delete(slot);
      if (this.state[slot] === open) this.inTransit++;
      this.state[slot] = closing;
      this.#sinceNs[slot] = this.#readNs;
    } else this.#release(slot, false);
    this.sink.closed(slot, asked ?? "close-frame", code, this.#stampNs, asked === undefined ? reason : "");
  }

  violation(slot: number, rule: ViolationRule): void {
    if (!this.isSameUse(slot)) return;
    const asked = this.#closeCauses.get(slot);
    this.#release(slot, false);
    this.sink.closed(slot, asked ?? "protocol-error", asked === undefined ? rule : 0, this.#stampNs, rule);
  }

  /** The socket has no more bytes: FIN (errno 0; `truncated` where TLS close_notify was missing) or an error. */
  protected ended(slot: number, errno: number, errorName: string): void {
    const state = this.state[slot]!;
    if (state === securing || state === upgrading) this.endedEarly(slot, errorName);
    else if (errno === 0) this.#end(slot, "eof", errorName === "" ? 0 : errorName, errorName);
    else this.#end(slot, "reset", errorName === "ECONNRESET" ? 0 : errorName, errorName);
  }

  /** Releases the slot and reports its end once; with our cause if we were closing it. */
  #end(slot: number, cause: Cause, code: CauseCode, detail: string): void {
    const asked = this.#closeCauses.get(slot);
    const isReported = this.isOver(slot);
    this.#release(slot, false);
    if (isReported) return;
    if (asked === undefined) this.sink.closed(slot, cause, code, nowNs(), detail);
    else this.sink.closed(slot, asked, 0, nowNs(), "");
  }

  /** The socket ended before the handshake was answered. */
  protected endedEarly(slot: number, errorName: string): void {
    this.fail(slot, "closed-early", errorName);
  }

  /** TLS failed, with a reason of tls-reason.ts: during its handshake, or later by an alert or invalid bytes. */
  protected tlsBroke(slot: number, reason: string): void {
    if (isBeginning(this.state[slot]!)) this.fail(slot, "tls-failed", reason);
    else this.#end(slot, "protocol-error", `tls-${reason}`, `tls-${reason}`);
  }

  #release(slot: number, isReset: boolean): void {
    if (this.state[slot] !== open) this.inTransit--;
    this.state[slot] = idle;
    this.use[slot] = 0;
    this.#closeCauses.delete(slot);
    this.drop(slot, isReset);
  }

  close(slot: number, manner: CloseManner, cause: Cause): void {
    const state = this.state[slot]!;
    if (isBeginning(state)) return this.fail(slot, cause, 0, manner === "rst");
    if (state !== open) return;
    if (manner === "rst") {
      this.#release(slot, true);
      return this.sink.closed(slot, cause, 0, nowNs(), "");
    }
    if (slot < this.options.slowSlots) this.setReading(slot, true);
    if (manner === "fin" || !this.sayFarewell(slot)) this.halfClose(slot);
    this.#closeCauses.set(slot, cause);
    this.state[slot] = closing;
    this.inTransit++;
    this.#sinceNs[slot] = nowNs();
  }

  abandon(slot: number, cause: Cause, detail: string): void {
    if (this.state[slot] !== open) return;
    this.#release(slot, false);
    this.sink.closed(slot, cause, 0, nowNs(), detail);
  }

  send(slot: number, payload: Uint8Array, isBinary = false, to?: Destination): boolean {
    return this.state[slot] === open && this.sendMessage(slot, payload, isBinary, to);
  }

  ping(slot: number): void {
    if (this.state[slot] === open) this.sendPing(slot, nowNs());
  }

  readSome(slot: number, bytes: number): void {
    if (this.state[slot] === open && bytes >= 1) this.readFrom(slot, Math.floor(bytes));
  }

  expire(): void {
    if (this.inTransit === 0) return;
    const atNs = nowNs();
    const { connectTimeoutMs, upgradeTimeoutMs, closeTimeoutMs } = this.options;
    for (let slot = 0; slot < this.state.length; slot++) {
      const state = this.state[slot]!;
      if (state === idle || state === open) continue;
      const waitedMs = (atNs - this.#sinceNs[slot]!) / 1e6;
      if (state === connecting && waitedMs > connectTimeoutMs) this.fail(slot, "connect-timeout", 0);
      else if (state === securing && waitedMs > upgradeTimeoutMs)
        this.fail(slot, "upgrade-timeout", 0, false, "tls-handshake");
      else if (state === upgrading && waitedMs > upgradeTimeoutMs) this.fail(slot, "upgrade-timeout", 0);
      else if (state === closing && waitedMs > closeTimeoutMs) this.ended(slot, 0, "");
    }
  }

  dispose(): void {
    for (let slot = 0; slot < this.state.length; slot++) if (this.state[slot] !== idle) this.#release(slot, false);
  }
}
