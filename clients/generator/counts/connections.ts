/**
 * A shard's accounts: as the engine's sink it counts connections by cause and passes messages to the push account. The
 * equations of report.json hold in every tally: planned = opened + refused + not attempted + connecting, for first
 * attempts; reconnects attempted = opened + refused + connecting; opened and reopened = open + closing + closed,
 * planned or not.
 */
import type { ConnectionSink, StampKind, TlsSession } from "../../connection/engine.ts";
import { type Cause, type CauseCode, isClosedByGenerator, isUnexpectedClose } from "../../measure/cause.ts";
import type { ClockOffset } from "../../measure/clock.ts";
import { Tally } from "../../measure/tally.ts";
import { connectionNumber } from "../../plan/shard.ts";
import { EventQueue } from "../events.ts";
import type { ConnectionEvent, ShardPlan } from "../plan.ts";
import { isSpread } from "./addresses.ts";
import { PushAccount } from "./pushes.ts";

export const slotState = { idle: 0, opening: 1, open: 2, closing: 3 } as const;

/** Events a shard needs beyond the counting. */
export interface AccountsListener {
  /** A connection that was considered silent sent something. */
  spoke(slot: number): void;
  opened?(slot: number, atNs: number): void;
  /** A ping was answered. */
  answered?(slot: number): void;
  /** A slot became free. `wasOpen` false: the connection was refused. */
  ended(slot: number, cause: Cause, wasOpen: boolean, atNs: number, code: CauseCode): void;
}

export class Accounts implements ConnectionSink {
  readonly tally = new Tally();
  readonly events = new EventQueue(this.tally);
  readonly state: Uint8Array;
  readonly pushes: PushAccount;
  readonly #plan: ShardPlan;
  /** The shard that reacts to the counted events. */
  #listener: AccountsListener = { spoke: () => {}, ended: () => {} };
  readonly #openedNs: Float64Array;
  /** 1 for a slot whose planned connection had its first attempt; later attempts are reconnects. */
  readonly #isReturn: Uint8Array;
  /** The target has several addresses. */
  readonly #isSpread: boolean;
  readonly #deadEndpoints = new Set<number>();
  /** Set while the run closes its connections: their ends are not reported as events. */
  isEnding = false;

  constructor(plan: ShardPlan) {
    const { slots } = plan.engine;
    this.#plan = plan;
    this.#isSpread = isSpread(plan.engine.endpoints);
    this.state = new Uint8Array(slots);
    this.#openedNs = new Float64Array(slots);
    this.#isReturn = new Uint8Array(slots).fill(plan.isReplacement === true ? 1 : 0);
    this.tally.counts.planned = plan.isReplacement === true ? 0 : slots;
    this.pushes = new PushAccount(plan, this.tally, (slot) => this.#listener.spoke(slot));
  }

  /** Counts for the address that a slot dials. */
  #countAt(slot: number, what: string, amount: number): void {
    const name = `address-${what}:${slot % this.#plan.engine.endpoints.length}`;
    this.tally.agreed[name] = (this.tally.agreed[name] ?? 0) + amount;
  }

  /**
   * Sets the listener, and the clock offset that converts realtime stamps to CLOCK_MONOTONIC (kept current by the
   * engine).
   */
  serve(listener: AccountsListener, offset: ClockOffset): void {
    this.#listener = listener;
    this.pushes.serve(offset);
  }

  /** Called before a connect is started. */
  begin(slot: number): void {
    const { counts } = this.tally;
    this.state[slot] = slotState.opening;
    counts.connecting++;
    if (this.#isReturn[slot] === 1) counts.reconnectsAttempted++;
    else counts.attempted++;
  }

  /** Called before the generator closes an open connection. */
  beginClose(slot: number): void {
    this.state[slot] = slotState.closing;
    this.tally.counts.open--;
    this.tally.counts.closing++;
  }

  secured(_slot: number, handshakeNs: number, { version, cipher, alpn, isResumed }: TlsSession): void {
    this.tally.histogram("connectTls").recordNs(handshakeNs);
    this.tally.countAgreed("tls-version", version);
    this.tally.countAgreed("tls-cipher", cipher);
    this.tally.countAgreed("tls-alpn", alpn);
    this.tally.countAgreed("tls-handshake", isResumed ? "resumed" : "full");
  }

  agreed(_slot: number, what: string, value: string): void {
    this.tally.countAgreed(what, value);
  }

  /**
   * `greetedNs`: when the upgrade began, after TLS. `upgradedNs`: when the conversation's opening steps began; equals
   * `openedNs` when there are none.
   */
  opened(
    slot: number,
    startedNs: number,
    tcpNs: number,
    openedNs: number,
    greetedNs: number = tcpNs,
    upgradedNs: number = openedNs,
  ): void {
    const { counts } = this.tally;
    this.state[slot] = slotState.open;
    this.#openedNs[slot] = openedNs;
    counts.connecting--;
    counts.open++;
    const isReturn = this.#isReturn[slot] === 1;
    if (isReturn) counts.reconnectsOpened++;
    else counts.opened++;
    if (this.#isSpread) {
      this.#countAt(slot, "opened", 1);
      this.#countAt(slot, "connect-us", Math.round((openedNs - startedNs) / 1000));
    }
    this.#isReturn[slot] = 1;
    this.pushes.open(slot, startedNs, openedNs);
    this.tally.histogram("connectTcp").recordNs(tcpNs - startedNs);
    this.tally.histogram("connectUpgrade").recordNs(upgradedNs - greetedNs);
    if (upgradedNs !== openedNs) this.tally.histogram("connectOpening").recordNs(openedNs - upgradedNs);
    this.tally.histogram("connect").recordNs(openedNs - startedNs);
    if (isReturn) this.event(slot, { atNs: openedNs, what: "reopened" });
    this.#listener.opened?.(slot, openedNs);
  }

  refused(slot: number, cause: Cause, code: CauseCode, atNs: number, detail = ""): void {
    const { counts } = this.tally;
    this.state[slot] = slotState.idle;
    counts.connecting--;
    if (this.#isReturn[slot] === 1) {
      counts.reconnectsRefused++;
      this.tally.countPart("again", cause, code);
    } else counts.refused++;
    this.#isReturn[slot] = 1;
    this.tally.countCause(cause, code);
    if (this.#isSpread) this.#countAt(slot, "refused", 1);
    if (!isClosedByGenerator(cause))
      this.event(slot, { atNs, what: "refused", cause, code, ...(detail === "" ? {} : { detail }) });
    this.#listener.ended(slot, cause, false, atNs, code);
  }

  message(
    slot: number,
    bytes: Buffer,
    start: number,
    end: number,
    atNs: number,
    readNs: number,
    stamp: StampKind,
    isText?: boolean,
  ): void {
    this.pushes.message(slot, bytes, start, end, atNs, readNs, stamp, isText);
  }

  /** Handles a conversation message: it shows that the connection is alive and how late it was read. */
  spoken(slot: number, atNs: number, readNs: number, stamp: StampKind): void {
    this.pushes.spoken(slot, atNs, readNs, stamp);
  }

  pong(slot: number, roundTripNs: number): void {
    this.tally.counts.pingsAnswered++;
    this.tally.histogram("ping").recordNs(roundTripNs);
    this.#listener.answered?.(slot);
  }

  acknowledged(_slot: number, roundTripNs: number, isRefused: boolean): void {
    if (!isRefused) this.tally.histogram("publishAck").recordNs(roundTripNs);
  }

  closed(slot: number, cause: Cause, code: CauseCode, atNs: number, detail: string): void {
    const { counts } = this.tally;
    if (this.state[slot] === slotState.closing) counts.closing--;
    else counts.open--;
    this.state[slot] = slotState.idle;
    const endpoint = slot % this.#plan.engine.endpoints.length;
    const named = (cause === "reset" || cause === "eof") && this.#deadEndpoints.has(endpoint) ? "target-died" : cause;
    const isLoss = isUnexpectedClose(named);
    if (isLoss && this.#isSpread) this.#countAt(slot, "lost", 1);
    if (isLoss) counts.closedUnexpectedly++;
    else counts.closedByPlan++;
    this.tally.countCause(named, isLoss ? code : 0);
    if (isLoss && slot < this.#plan.engine.slowSlots) {
      counts.slowClosed++;
      this.tally.countPart("slow", named, code);
    }
    if (isLoss) {
      this.tally.histogram("lifetime").recordNs(atNs - this.#openedNs[slot]!);
      if (named === "close-frame") this.tally.countReason(code, detail);
    }
    this.pushes.close(slot, atNs, !isLoss);
    if (isLoss || !this.isEnding) {
      const openMs = Math.round((atNs - this.#openedNs[slot]!) / 1e6);
      this.event(slot, {
        atNs,
        what: "closed",
        cause: named,
        ...(isLoss ? { code } : {}),
        ...(detail === "" ? {} : { detail }),
        openMs,
      });
    }
    this.#listener.ended(slot, named, true, atNs, code);
  }

  /** An endpoint's process died: its connections that ended just now, and those that end later, get that cause. */
  targetDied(endpoint: number): void {
    this.#deadEndpoints.add(endpoint);
    const { causes: tallied, codes, parts } = this.tally;
    const { slowSlots } = this.#plan.engine;
    const move = (from: Record<string, number>, name: string, to: string): void => {
      from[name] = (from[name] ?? 0) - 1;
      if (from[name] === 0) delete from[name];
      from[to] = (from[to] ?? 0) + 1;
    };
    for (const { cause, code, connection } of this.events.rename(endpoint, ["reset", "eof"], "target-died")) {
      move(tallied, cause, "target-died");
      if (code !== undefined && code !== 0) move(codes, `${cause}:${code}`, `target-died:${code}`);
      if (Math.floor(connection / this.#plan.shards) < slowSlots) move(parts, `slow:${cause}`, "slow:target-died");
    }
  }

  event(slot: number, event: Omit<ConnectionEvent, "connection" | "endpoint">): void {
    const { shard, shards, engine } = this.#plan;
    this.events.push({
      ...event,
      connection: connectionNumber(slot, shard, shards),
      endpoint: slot % engine.endpoints.length,
    });
  }
}
