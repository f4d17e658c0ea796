import { type PushConnection, queuePushes } from "./push-connection.ts";
import { putHead, putWritten } from "./push-message.ts";
import { type PushQuery, streamKey } from "./push-query.ts";
import { Schedule } from "./schedule.ts";

/** Dependencies of a stream. */
export type StreamDeps = { nowNs: () => number; countWritten: (pushes: number) => void; countOverflow: () => void };

/** All connections with the same push parameters, behind one timer. */
export class PushStream {
  /** What its connections have in common: `streamKey` of their query. */
  readonly key: string;
  readonly #query: PushQuery;
  readonly #schedule: Schedule;
  readonly #deps: StreamDeps;
  readonly #lanes = new Map<number, PushConnection[]>();
  #size = 0;
  #joined = 0;
  #nextStep: number;
  #message: Buffer;
  #messageIsHeld = false;
  #timer: NodeJS.Timeout | null = null;
  #immediate: NodeJS.Immediate | null = null;

  constructor(query: PushQuery, sinceNs: number, deps: StreamDeps) {
    this.key = streamKey(query);
    this.#query = query;
    this.#schedule = new Schedule(query);
    this.#deps = deps;
    this.#nextStep = this.#schedule.lastStep(sinceNs) + 1;
    this.#message = Buffer.alloc(query.bytes);
  }

  /** Number of connections. */
  get size(): number {
    return this.#size;
  }

  /** Its connections, in no particular order. */
  *connections(): Generator<PushConnection> {
    for (const lane of this.#lanes.values()) yield* lane;
  }

  /** Adds a connection, which gets every tick due after `sinceNs`. */
  join(connection: PushConnection, sinceNs: number): void {
    connection.stream = this;
    connection.slot = this.#schedule.slotOf(this.#joined++);
    connection.firstTick = this.#schedule.firstTickAfter(connection.slot, sinceNs);
    let lane = this.#lanes.get(connection.slot);
    if (lane === undefined) {
      lane = [];
      this.#lanes.set(connection.slot, lane);
    }
    connection.index = lane.push(connection) - 1;
    this.#size++;
  }

  /** Removes a connection, if it is still present. */
  leave(connection: PushConnection): void {
    const lane = this.#lanes.get(connection.slot);
    if (connection.index === -1 || lane === undefined) return;
    const last = lane.pop();
    if (last !== undefined && last !== connection) {
      lane[connection.index] = last;
      last.index = connection.index;
    }
    connection.index = -1;
    this.#size--;
  }

  /** Starts the timer. Due instants are absolute, so they do not depend on the duration of the last fan-out. */
  start(): void {
    const waitMs = (this.#schedule.dueNs(this.#nextStep) - this.#deps.nowNs()) / 1e6;
    // Already late: let sockets write between missed ticks.
    if (waitMs <= 0) this.#immediate = setImmediate(this.#wake);
    else this.#timer = setTimeout(this.#wake, Math.ceil(waitMs));
  }

  /** Stops the timer permanently. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#immediate !== null) clearImmediate(this.#immediate);
  }

  readonly #wake = (): void => {
    this.#timer = null;
    this.#immediate = null;
    this.sendNextDue(this.#deps.nowNs());
    this.start();
  };

  /**
   * Sends the next due step that has connections; false when there is none. After a stall it is called once per step.
   */
  sendNextDue(nowNs: number): boolean {
    while (this.#schedule.dueNs(this.#nextStep) <= nowNs) {
      const step = this.#nextStep++;
      const lane = this.#lanes.get(this.#schedule.slot(step));
      if (lane === undefined || lane.length === 0) continue;
      this.#fanOut(step, lane);
      return true;
    }
    return false;
  }

  #fanOut(step: number, lane: PushConnection[]): void {
    const tick = this.#schedule.tick(step);
    const { bytes, group, written } = this.#query;
    putHead(this.#freeMessage(), tick, this.#schedule.dueNs(step), group);
    let sent = 0;
    // Backwards, because removal moves the last connection into the gap.
    for (let index = lane.length - 1; index >= 0; index--) {
      const connection = lane[index];
      if (connection === undefined || tick < connection.firstTick) continue;
      if (connection.unsentBytes() >= queuePushes * connection.frameBytes(bytes)) {
        this.leave(connection);
        this.#deps.countOverflow();
        connection.close(1013);
        continue;
      }
      if (written) putWritten(this.#freeMessage(), this.#deps.nowNs());
      connection.send(this.#message);
      if (connection.unsentBytes() > 0) this.#messageIsHeld = true;
      sent++;
    }
    this.#deps.countWritten(sent);
  }

  /** The message buffer; replaced by a copy when a socket still holds it. */
  #freeMessage(): Buffer {
    if (this.#messageIsHeld) {
      this.#message = Buffer.from(this.#message);
      this.#messageIsHeld = false;
    }
    return this.#message;
  }
}
