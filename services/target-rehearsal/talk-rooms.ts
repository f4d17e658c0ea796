import { monotonicNs } from "./clock.ts";
import { type PushConnection, textFrame } from "./connection.ts";
import { usualLateMs } from "./kinds.ts";
import type { Rule } from "./rules.ts";
import { named, type Stage } from "./stage.ts";

/** How long a delivery waits for the one it is to go behind. */
const swapWithinMs = 2000;

/** Who is in which room, and the deliveries to them: each has its order, from 0, by which faults choose. */
export class TalkRooms {
  readonly #stage: Stage;
  readonly #rules: readonly Rule<"talk.delivery">[];
  readonly #members = new Map<string, Set<PushConnection>>();
  /** RECEIVER:PUBLISHER -> what waits to be written behind the publisher's next message to this receiver. */
  readonly #held = new Map<string, string>();

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#rules = stage.rules.of("talk.delivery");
  }

  join(connection: PushConnection, room: string): void {
    const members = this.#members.get(room) ?? new Set();
    members.add(connection);
    this.#members.set(room, members);
  }

  /** Sends a message on, as it came, to everybody in a room but its publisher. `count` adds one to a count and gives what it was. */
  say(publisher: PushConnection, room: string, id: unknown, text: string, count: (name: string) => number): void {
    count("says");
    const members = this.#members.get(room) ?? new Set();
    for (const receiver of members) {
      if (receiver.state !== "open") members.delete(receiver);
      else if (receiver !== publisher) this.#deliver(receiver, publisher, id, text, count);
    }
  }

  #deliver(receiver: PushConnection, publisher: PushConnection, id: unknown, text: string, count: (name: string) => number): void {
    const index = count("deliveries");
    const nowNs = monotonicNs();
    const rule = this.#rules.find((each) => each.waveAt(nowNs) >= 0 && each.strikes({ index, rank: this.#stage.totals.open }, 0));
    const key = `${receiver.index}:${publisher.index}`;
    const held = this.#held.get(key);
    if (rule === undefined || (rule.fault.how === "swap" && held !== undefined)) {
      receiver.write(textFrame(text));
      if (held !== undefined && this.#held.delete(key)) {
        count("deliveries-swap");
        receiver.write(textFrame(held));
      }
      return;
    }
    const { how, ms = usualLateMs } = rule.fault;
    this.#stage.account.note("talk-fault", { conn: receiver.index, from: publisher.index, delivery: index, id, ...named(rule), how });
    if (how === "swap") {
      this.#held.set(key, text);
      this.#later(receiver, swapWithinMs, text, () => this.#held.get(key) === text && this.#held.delete(key));
      return;
    }
    count(`deliveries-${how}`);
    if (how === "late") return this.#later(receiver, ms, text, () => true);
    if (how === "lose") return;
    receiver.write(textFrame(text));
    if (how === "twice") receiver.write(textFrame(text));
    else publisher.write(textFrame(text));
  }

  #later(receiver: PushConnection, ms: number, text: string, isDue: () => boolean): void {
    this.#stage.agenda.at(monotonicNs() + ms * 1e6, () => {
      if (isDue() && receiver.state === "open") receiver.write(textFrame(text));
    });
  }
}
