import { monotonicNs } from "../clock.ts";
import { isMqtt } from "../mqtt-packets.ts";
import type { StagedSocket } from "../opening/staged-handshake.ts";
import { controlFrame, type PushConnection } from "../push/connection.ts";
import { webSocketHeader } from "../push/framing.ts";
import type { Roster } from "../push/roster.ts";
import { named, type Stage } from "../stage.ts";
import type { violations } from "./kinds.ts";
import type { Rule } from "./rules.ts";

type Violation = (typeof violations)[number];

/** The MQTT equivalents: reserved flags, an invalid type, an invalid QoS, an impossible length. */
const mqttViolations: Record<Violation, Buffer> = {
  "reserved-bits": Buffer.from([0x41, 2, 0, 1]),
  "bad-opcode": Buffer.from([0, 0]),
  "masked-frame": Buffer.from([0x36, 6, 0, 1, 0x61, 0, 1, 0]),
  "oversized-length": Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff]),
};

/** Bytes that violate a connection's protocol; where frames lack the field, an impossible length or chunk. */
export function violationBytes(connection: Pick<PushConnection, "protocol">, violation: Violation): Buffer {
  if (connection.protocol === "tcp") return Buffer.from([0xff, 0xff, 0xff, 0xff, 0x48, 0x46]);
  if (isMqtt(connection.protocol)) return mqttViolations[violation];
  if (connection.protocol === "sse") return Buffer.from("not a chunk size\r\n", "latin1");
  switch (violation) {
    case "reserved-bits":
      return Buffer.concat([webSocketHeader(0x80 | 0x70 | 2, 4), Buffer.alloc(4)]);
    case "bad-opcode":
      return Buffer.concat([webSocketHeader(0x80 | 0x0b, 4), Buffer.alloc(4)]);
    case "masked-frame":
      return Buffer.from([0x82, 0x84, 1, 2, 3, 4, 1, 2, 3, 4]);
    case "oversized-length":
      return Buffer.from([0x82, 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
  }
}

/** Stops reading permanently. `pause()` would continue until its buffer is full, and would detect the client's end. */
function stopReading(connection: PushConnection): void {
  connection.socket.pause();
  (connection.socket as unknown as { _handle?: { readStop(): void } })._handle?.readStop();
}

/** Faults that affect open connections, or the whole process, at an instant. */
export class LifeFaults {
  readonly #stage: Stage;
  readonly #roster: Roster;
  readonly #drops: readonly Rule<"limit.drop">[];

  constructor(stage: Stage, roster: Roster) {
    this.#stage = stage;
    this.#roster = roster;
    this.#drops = stage.rules.of("limit.drop");
  }

  /** Call for each rule that becomes active. */
  begin(rule: Rule): void {
    if (rule.fault.kind.startsWith("life.") && rule.fault.kind !== "life.leak") this.#await(rule, 0);
    if (rule.fault.kind === "ping.server-pings")
      this.#ping(rule as Rule<"ping.server-pings">, rule.waveNs(0) ?? monotonicNs());
  }

  /** Call for each connection that opened: those above a limit are dropped. */
  opened(connection: PushConnection, nowNs: number): void {
    for (const rule of this.#drops) {
      if (rule.waveAt(nowNs) < 0 || !rule.strikes(connection, 0)) continue;
      const { ending, code, reason, afterMs } = rule.fault;
      const drop = (): void =>
        this.#roster.drop(connection, { ending: ending ?? "close", code: code ?? 1013, reason }, rule);
      this.#stage.agenda.at(nowNs + (afterMs ?? 0) * 1e6, drop);
    }
  }

  #await(rule: Rule, wave: number): void {
    const atNs = rule.waveNs(wave);
    if (atNs === null) return;
    this.#stage.agenda.at(atNs, () => {
      this.#await(rule, wave + 1);
      if (rule.fault.kind === "life.freeze") this.#freeze(rule, rule.fault.ms);
      else if (rule.fault.kind === "life.die") this.#die(rule);
      else this.#strike(rule, wave);
    });
  }

  #strike(rule: Rule, wave: number): void {
    const before = this.#roster.connections.size;
    const struck = [...this.#roster.connections].filter(
      (connection) => connection.state === "open" && rule.strikes(connection, wave),
    );
    this.#stage.account.note("wave", { ...named(rule), wave, open: before, struck: struck.length });
    for (const connection of struck) this.#hit(connection, rule);
  }

  #hit(connection: PushConnection, rule: Rule): void {
    const { fault } = rule;
    if (fault.kind === "life.close")
      this.#roster.drop(connection, { ending: "close", code: fault.code, reason: fault.reason }, rule);
    else if (fault.kind === "life.disconnect")
      this.#roster.drop(connection, { ending: "close", code: fault.code }, rule);
    else if (fault.kind === "life.fin") this.#roster.drop(connection, { ending: "fin" }, rule);
    else if (fault.kind === "life.rst") this.#roster.drop(connection, { ending: "rst" }, rule);
    else if (fault.kind === "life.alert") {
      connection.flushPieces();
      (connection.socket as Partial<StagedSocket>).sendAlert?.(fault.alert);
      this.#roster.end(connection, { by: "server", cause: "protocol-error", why: `alert ${fault.alert}`, rule });
      this.#roster.linger(connection);
    } else if (fault.kind === "life.half-open") {
      connection.state = "silent";
      stopReading(connection);
      this.#stage.account.note("half-open", {
        conn: connection.index,
        peer: connection.peer,
        ...named(rule),
        lastTick: connection.lastTick,
      });
    } else if (fault.kind === "life.protocol-error") {
      connection.flushPieces();
      connection.write(violationBytes(connection, fault.violation));
      this.#roster.end(connection, { by: "server", cause: "protocol-error", why: fault.violation, rule });
      this.#roster.linger(connection);
    }
  }

  /** Blocks the only thread: nothing is read, written or timed until it is over. */
  #freeze(rule: Rule, ms: number): void {
    const open = this.#roster.connections.size;
    this.#stage.account.note("frozen", { ...named(rule), ms, open });
    this.#stage.account.flush();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    this.#stage.account.note("thawed", { ...named(rule), open });
  }

  #die(rule: Rule): void {
    this.#roster.settleAll();
    this.#stage.account.note("died", { ...named(rule), open: this.#roster.connections.size });
    this.#stage.account.flush();
    process.kill(process.pid, "SIGKILL");
  }

  #ping(rule: Rule<"ping.server-pings">, atNs: number): void {
    this.#stage.agenda.at(atNs, () => {
      this.#ping(rule, atNs + rule.fault.everyMs * 1e6);
      if (rule.waveAt(atNs) < 0) return;
      const ping = controlFrame(9, Buffer.from("holdfast"));
      let sent = 0;
      for (const connection of this.#roster.connections) {
        if (connection.state !== "open" || connection.protocol !== "websocket" || !rule.strikes(connection, 0))
          continue;
        connection.write(ping);
        sent++;
      }
      this.#stage.totals.pings.sent += sent;
      if (sent > 0) this.#stage.account.note("pings-sent", { ...named(rule), sent });
    });
  }
}
