import { monotonicNs } from "../clock.ts";
import { usualLateMs } from "../faults/kinds.ts";
import type { Rule } from "../faults/rules.ts";
import { type PushConnection, textFrame } from "../push/connection.ts";
import { named, type Stage } from "../stage.ts";

/** How long a delivery waits for the one it should follow. */
const swapWithinMs = 2000;

/** Rooms, their members, and deliveries to them, which are numbered from 0 for selection by faults. */
export class TalkRooms {
  readonly #stage: Stage;
  readonly #rules: readonly Rule<"talk.delivery">[];
  readonly #members = new Map<string, Set<PushConnection>>();
  /** RECEIVER:PUBLISHER -> delivery waiting to be written after the publisher's next message to this receiver. */
  readonly #held = new Map<string, { id: unknown; text: string }>();
  /** RECEIVER:PUBLISHER -> the highest number written so far: lower ones written later are out of order. */
  readonly #highest = new Map<string, number>();

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#rules = stage.rules.of("talk.delivery");
  }

  join(connection: PushConnection, room: string): void {
    const members = this.#members.get(room) ?? new Set();
    members.add(connection);
    this.#members.set(room, members);
  }

  /**
   * Forwards a message unchanged to everyone in a room except its publisher. `count` increments a count and returns its
   * previous value.
   */
  say(publisher: PushConnection, room: string, id: unknown, text: string, count: (name: string) => number): void {
    count("says");
    const members = this.#members.get(room) ?? new Set();
    for (const receiver of members) {
      if (receiver.state !== "open") members.delete(receiver);
      else if (receiver !== publisher) this.#deliver(receiver, publisher, id, text, count);
    }
  }

  #deliver(
    receiver: PushConnection,
    publisher: PushConnection,
    id: unknown,
    text: string,
    count: (name: string) => number,
  ): void {
    const index = count("deliveries");
    const nowNs = monotonicNs();
    const rule = this.#rules.find(
      (each) => each.waveAt(nowNs) >= 0 && each.strikes({ index, rank: this.#stage.totals.open }, 0),
    );
    const key = `${receiver.index}:${publisher.index}`;
    const held = this.#held.get(key);
    if (rule === undefined || (rule.fault.how === "swap" && held !== undefined)) {
      this.#write(receiver, key, id, text, count);
      if (held !== undefined && this.#held.delete(key)) this.#write(receiver, key, held.id, held.text, count);
      return;
    }
    const { how, ms = usualLateMs } = rule.fault;
    this.#stage.account.note("talk-fault", {
      conn: receiver.index,
      from: publisher.index,
      delivery: index,
      id,
      ...named(rule),
      how,
    });
    if (how === "swap") {
      const waiting = { id, text };
      this.#held.set(key, waiting);
      return this.#later(receiver, swapWithinMs, () => {
        if (this.#held.get(key) === waiting && this.#held.delete(key)) this.#write(receiver, key, id, text, count);
      });
    }
    count(`deliveries-${how}`);
    if (how === "late") return this.#later(receiver, ms, () => this.#write(receiver, key, id, text, count));
    if (how === "lose") return;
    this.#write(receiver, key, id, text, count);
    if (how === "twice") receiver.write(textFrame(text));
    else publisher.write(textFrame(text));
  }

  #later(receiver: PushConnection, ms: number, write: () => void): void {
    this.#stage.agenda.at(monotonicNs() + ms * 1e6, () => {
      if (receiver.state === "open") write();
    });
  }

  /** Writes a delivery, and counts it as out of order when a higher number of its publisher was written before. */
  #write(receiver: PushConnection, key: string, id: unknown, text: string, count: (name: string) => number): void {
    const number = Number(id);
    const highest = this.#highest.get(key) ?? -1;
    if (number < highest) count("deliveries-behind");
    else this.#highest.set(key, number);
    receiver.write(textFrame(text));
  }
}
