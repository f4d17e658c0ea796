import { monotonicNs } from "../clock.ts";
import { type Kind, usualLateMs } from "../faults/kinds.ts";
import type { Rule } from "../faults/rules.ts";
import type { Script } from "../faults/script.ts";
import { type PushConnection, textFrame } from "../push/connection.ts";
import type { Roster } from "../push/roster.ts";
import { named, type Stage } from "../stage.ts";
import { TalkRooms } from "./talk-rooms.ts";

const sweepMs = 50;

/** A client's message; anything else it sends is not answered. */
export interface Said {
  readonly t?: unknown;
  readonly id?: unknown;
  readonly room?: unknown;
  readonly token?: unknown;
}

interface Speaker {
  heardNs: number;
  /** When it was last asked, and whether it has answered. */
  askedNs: number;
  hasAnswered: boolean;
}

/** Parses a client's message; null when it is not an object. */
export function readSaid(payload: Buffer): Said | null {
  try {
    const value: unknown = JSON.parse(payload.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Said) : null;
  } catch {
    return null;
  }
}

/** The conversations of all connections, if the script has them: required heartbeats, answers by id, rooms. */
export class Talk {
  readonly settings: NonNullable<Script["talk"]>;
  readonly #stage: Stage;
  readonly #roster: Roster;
  readonly #speakers = new Map<PushConnection, Speaker>();
  readonly #rooms: TalkRooms;
  readonly #tokens = new Map<string, PushConnection | null>();
  readonly #beatRules: readonly Rule<"talk.beat">[];
  readonly #answerRules: readonly Rule<"talk.answer">[];

  constructor(stage: Stage, roster: Roster, settings: NonNullable<Script["talk"]>) {
    this.#stage = stage;
    this.#roster = roster;
    this.settings = settings;
    this.#rooms = new TalkRooms(stage);
    this.#beatRules = stage.rules.of("talk.beat");
    this.#answerRules = stage.rules.of("talk.answer");
    if (settings.heartbeatMs !== undefined || settings.askEveryMs !== undefined) this.#sweepAt(monotonicNs());
  }

  /** Increments a count of the account and returns its previous value. */
  count(name: string): number {
    const { talk } = this.#stage.totals;
    const before = talk[name] ?? 0;
    talk[name] = before + 1;
    return before;
  }

  /** Why a token is rejected; null when it is accepted. It is in use until its connection ends. */
  claim(token: unknown): string | null {
    if (typeof token !== "string" || !token.startsWith(this.settings.token ?? "")) return "bad token";
    const holder = this.#tokens.get(token);
    if (holder === null || holder?.state === "open") return "token in use";
    this.#tokens.set(token, null);
    return null;
  }

  release(token: string): void {
    this.#tokens.delete(token);
  }

  /** Adds a client whose opening is over. */
  join(connection: PushConnection, token: string, room: string): void {
    const nowNs = monotonicNs();
    this.#tokens.set(token, connection);
    this.#speakers.set(connection, { heardNs: nowNs, askedNs: nowNs, hasAnswered: true });
    this.#rooms.join(connection, room);
  }

  hear(connection: PushConnection, payload: Buffer): void {
    const speaker = this.#speakers.get(connection);
    if (speaker === undefined || connection.state !== "open") return;
    const text = payload.toString("utf8");
    if (text === "3") {
      this.count("replies");
      speaker.hasAnswered = true;
      return;
    }
    const said = readSaid(payload);
    if (said?.t === "ping") this.#beat(connection, speaker, said.id);
    else if (said?.t === "ask") this.#ask(connection, said.id);
    else if (said?.t === "say")
      this.#rooms.say(connection, String(said.room ?? ""), said.id, text, (name) => this.count(name));
    else this.count(said?.t === "bye" ? "farewells" : "others");
  }

  /** Answers a heartbeat, with its id if it has one. */
  #beat(connection: PushConnection, speaker: Speaker, id: unknown): void {
    speaker.heardNs = monotonicNs();
    this.#answer(connection, "beat", this.#beatRules, JSON.stringify({ t: "pong", id }), '{"t":"pang"}');
  }

  #ask(connection: PushConnection, id: unknown): void {
    this.#answer(
      connection,
      "ask",
      this.#answerRules,
      JSON.stringify({ t: "answer", id }),
      JSON.stringify({ t: "answer", id: "none" }),
    );
  }

  /** Answers a message, or performs a fault's behaviour instead. Counts messages, and answers by outcome. */
  #answer(
    connection: PushConnection,
    what: "beat" | "ask",
    rules: readonly Rule<"talk.beat" | "talk.answer">[],
    right: string,
    wrong: string,
  ): void {
    const index = this.count(`${what}s`);
    const rule = this.ruleFor(rules, index);
    if (rule === undefined) {
      this.count(`${what}sAnswered`);
      connection.write(textFrame(right));
      return;
    }
    const { how, ms = usualLateMs } = rule.fault;
    this.count(`${what}s-${how}`);
    this.#stage.account.note("talk-fault", { conn: connection.index, [what]: index, ...named(rule), how });
    if (how === "wrong") connection.write(textFrame(wrong));
    else if (how === "twice") connection.write(Buffer.concat([textFrame(right), textFrame(right)]));
    else if (how === "late")
      this.#stage.agenda.at(monotonicNs() + ms * 1e6, () => {
        if (connection.state === "open") connection.write(textFrame(right));
        else this.count(`${what}s-late-gone`);
      });
  }

  /** The first rule that affects something by its number, from 0. */
  ruleFor<K extends Kind>(rules: readonly Rule<K>[], index: number): Rule<K> | undefined {
    const candidate = { index, rank: this.#stage.totals.open };
    const nowNs = monotonicNs();
    return rules.find((rule) => rule.waveAt(nowNs) >= 0 && rule.strikes(candidate, 0));
  }

  /** Asks clients whose turn it is, and closes those with an overdue heartbeat or answer. */
  #sweepAt(atNs: number): void {
    this.#stage.agenda.at(atNs, () => {
      const nowNs = monotonicNs();
      for (const [connection, speaker] of this.#speakers) {
        if (connection.state === "ended") this.#speakers.delete(connection);
        else if (connection.state === "open") this.#lookAt(connection, speaker, nowNs);
      }
      this.#sweepAt(nowNs + sweepMs * 1e6);
    });
  }

  #lookAt(connection: PushConnection, speaker: Speaker, nowNs: number): void {
    const { heartbeatMs = Number.POSITIVE_INFINITY, askEveryMs = Number.POSITIVE_INFINITY } = this.settings;
    if (nowNs - speaker.heardNs > heartbeatMs * 1e6) return this.#end(connection, 4000, "no heartbeat");
    if (nowNs - speaker.askedNs < askEveryMs * 1e6) return;
    if (!speaker.hasAnswered) return this.#end(connection, 4002, "no answer");
    speaker.askedNs = nowNs;
    speaker.hasAnswered = false;
    this.count("asked");
    connection.write(textFrame("2"));
  }

  #end(connection: PushConnection, code: number, reason: string): void {
    this.count(`ended-${code}`);
    this.#roster.drop(connection, { ending: "close", code, reason });
  }
}
