import { ClientFrames, type FrameReader } from "./client-frames.ts";
import { monotonicNs } from "./clock.ts";
import type { Rule } from "./faults/rules.ts";
import { ClientPackets, isMqtt, shortPacket } from "./mqtt-packets.ts";
import { closeFrame, controlFrame, type PushConnection } from "./push/connection.ts";
import type { Roster } from "./push/roster.ts";
import { named, type Stage } from "./stage.ts";
import type { Owner } from "./wire.ts";

/** Rules that change how pings and messages are answered. */
export interface AnswerRules {
  readonly ignore: readonly Rule<"ping.ignore">[];
  readonly delay: readonly Rule<"ping.pong-delay">[];
  readonly dropAck: readonly Rule<"mqtt.ack-drop">[];
  readonly delayAck: readonly Rule<"mqtt.ack-delay">[];
}

/** A client's messages on one open connection, and the server's answers. */
export class Session implements Owner, FrameReader {
  readonly #stage: Stage;
  readonly #roster: Roster;
  readonly #connection: PushConnection;
  readonly #rules: AnswerRules;
  readonly #frames: ClientFrames | ClientPackets | null;

  constructor(stage: Stage, roster: Roster, connection: PushConnection, rules: AnswerRules) {
    this.#stage = stage;
    this.#roster = roster;
    this.#connection = connection;
    this.#rules = rules;
    if (isMqtt(connection.protocol))
      this.#frames = new ClientPackets(
        connection.protocol,
        (bytes) => this.#answer(bytes),
        (bytes) => this.#acknowledge(bytes),
      );
    else this.#frames = connection.protocol === "websocket" ? new ClientFrames() : null;
  }

  data(chunk: Buffer): void {
    if (this.#connection.state !== "silent") this.#frames?.read(chunk, this);
  }

  #answer(bytes: Buffer): void {
    if (this.#connection.state === "open") this.#connection.write(bytes);
  }

  /** PUBACK or PUBREC. */
  #acknowledge(bytes: Buffer): void {
    const { account, agenda } = this.#stage;
    const { index } = this.#connection;
    const nowNs = monotonicNs();
    const dropping = this.#rules.dropAck.find((rule) => this.#isStruck(rule, nowNs));
    if (dropping) return account.note("acknowledgement-dropped", { conn: index, ...named(dropping) });
    const delaying = this.#rules.delayAck.find((rule) => this.#isStruck(rule, nowNs));
    if (!delaying) return this.#answer(bytes);
    const { ms } = delaying.fault;
    account.note("acknowledgement-delayed", { conn: index, ...named(delaying), delayMs: ms });
    agenda.at(nowNs + ms * 1e6, () => this.#answer(bytes));
  }

  ended(): void {
    if (this.#connection.state === "silent") return;
    this.#roster.end(this.#connection, { by: "client", cause: "eof" });
    this.#connection.socket.end();
  }

  failed(): void {
    this.#roster.end(this.#connection, { by: "client", cause: "reset" });
  }

  ping(payload: Buffer): void {
    const { pings } = this.#stage.totals;
    const connection = this.#connection;
    pings.received++;
    if (connection.state !== "open") return;
    const nowNs = monotonicNs();
    const ignoring = this.#rules.ignore.find((rule) => this.#isStruck(rule, nowNs));
    if (ignoring) {
      pings.ignored++;
      this.#stage.account.note("ping-ignored", { conn: connection.index, ...named(ignoring) });
      return;
    }
    const pong = (): void => {
      if (connection.state !== "open") return;
      pings.answered++;
      connection.write(isMqtt(connection.protocol) ? shortPacket(0xd0) : controlFrame(10, payload));
    };
    const delaying = this.#rules.delay.find((rule) => this.#isStruck(rule, nowNs));
    if (!delaying) return pong();
    pings.delayed++;
    this.#stage.account.note("pong-delayed", {
      conn: connection.index,
      ...named(delaying),
      delayMs: delaying.fault.ms,
    });
    this.#stage.agenda.at(nowNs + delaying.fault.ms * 1e6, pong);
  }

  pong(): void {
    this.#stage.totals.pings.pongsReceived++;
  }

  close(code: number | null): void {
    const connection = this.#connection;
    const isClients = this.#roster.end(connection, { by: "client", cause: "close-frame", code: code ?? 1005 });
    if (isClients && !isMqtt(connection.protocol)) {
      connection.flushPieces();
      connection.socket.write(code === null ? controlFrame(8, Buffer.alloc(0)) : closeFrame(code, ""));
    }
    connection.socket.end();
    if (isClients) this.#roster.linger(connection);
  }

  violation(sentence: string): void {
    this.#roster.drop(
      this.#connection,
      { ending: "close", code: 1002, reason: sentence.slice(0, 120) },
      undefined,
      sentence,
    );
  }

  #isStruck(rule: Rule, nowNs: number): boolean {
    return rule.waveAt(nowNs) >= 0 && rule.strikes(this.#connection, 0);
  }
}
