import { monotonicNs } from "../clock.ts";
import type { Rule } from "../faults/rules.ts";
import { shortPacket } from "../mqtt-packets.ts";
import { named, type Stage } from "../stage.ts";
import { Totals } from "../totals.ts";
import { closeFrame, type Opening, PushConnection } from "./connection.ts";
import { Fanout } from "./fanout.ts";
import type { Protocol } from "./framing.ts";

/** How a connection ended, by the client's causes. */
export interface Ending {
  readonly by: "client" | "server";
  readonly cause: "close-frame" | "eof" | "reset" | "protocol-error";
  readonly code?: number;
  readonly why?: string;
  readonly rule?: Rule;
}

/** How the server ends a connection. */
export interface Drop {
  readonly ending: "close" | "fin" | "rst";
  readonly code?: number | undefined;
  readonly reason?: string | undefined;
}

/** How long a connection closed by us may take to end before it is destroyed. */
const lingerNs = 3e9;

/** All registered connections: opens and ends them, and records this in the account. */
export class Roster {
  readonly connections = new Set<PushConnection>();
  readonly #stage: Stage;
  readonly #fanout: Fanout;
  /** Called for each connection that opened. */
  onOpened: (connection: PushConnection, nowNs: number) => void = () => {};
  onEnded: () => void = () => {};

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#fanout = new Fanout(stage, (connection) => this.#overflow(connection));
  }

  /** Registers a connection whose upgrade was answered. */
  open(opening: Opening, answer: "at once" | "glued"): PushConnection {
    const { totals, account } = this.#stage;
    const connection = new PushConnection(opening, totals.opened++, ++totals.open);
    totals.peak = Math.max(totals.peak, totals.open);
    totals.openBy[opening.protocol]++;
    this.connections.add(connection);
    const nowNs = monotonicNs();
    this.#fanout.join(connection, nowNs);
    const { index, attempt, peer, protocol, firstTick, stream } = connection;
    const { intervalMs, group, timing } = opening.query;
    account.note("opened", {
      conn: index,
      peer,
      attempt,
      protocol,
      group,
      intervalMs,
      timing,
      slot: stream?.times.slot ?? 0,
      firstTick,
      open: totals.open,
      ...(answer === "glued" ? { glued: true } : {}),
    });
    this.onOpened(connection, nowNs);
    return connection;
  }

  /** Records a connection's end in the account, once: the first cause counts. Returns whether this was the first. */
  end(connection: PushConnection, ending: Ending): boolean {
    if (connection.state === "ended") return false;
    connection.state = "ended";
    const { totals, account } = this.#stage;
    totals.open--;
    totals.openBy[connection.protocol]--;
    Totals.count(ending.by === "server" ? totals.closedByServer : totals.closedByClient, ending.cause);
    if (ending.by === "server" && ending.code !== undefined) Totals.count(totals.closeCodes, String(ending.code));
    this.connections.delete(connection);
    const { rule, ...words } = ending;
    account.note("closed", {
      conn: connection.index,
      peer: connection.peer,
      ...words,
      ...(rule ? named(rule) : {}),
      lastTick: connection.lastTick,
    });
    this.#fanout.leave(connection);
    this.onEnded();
    return true;
  }

  /**
   * Ends a connection from this side. `close` is the last chunk for server-sent events, and the end of the stream for
   * raw TCP and MQTT 3.1.1, which have no close message.
   */
  drop(connection: PushConnection, how: Drop, rule?: Rule, why?: string): void {
    const isFrame = how.ending === "close" && (connection.protocol === "websocket" || connection.protocol === "mqtt");
    const isFarewell = isFrame || (how.ending === "close" && connection.protocol === "sse");
    const cause = isFarewell ? "close-frame" : how.ending === "rst" ? "reset" : "eof";
    const code = isFrame ? farewellCode(connection.protocol, how.code ?? 1001) : undefined;
    const ending: Ending = {
      by: "server",
      cause,
      ...(code === undefined ? {} : { code }),
      ...(rule ? { rule } : {}),
      ...(why ? { why } : {}),
    };
    if (!this.end(connection, ending)) return;
    const { socket } = connection;
    if (how.ending === "rst") {
      socket.resetAndDestroy();
      return;
    }
    connection.flushPieces();
    if (isFrame && connection.protocol === "mqtt") socket.end(shortPacket(0xe0, code ?? 0));
    else if (isFrame) socket.write(closeFrame(code ?? 1001, how.reason ?? ""));
    else if (how.ending === "close" && connection.protocol === "sse") socket.end("0\r\n\r\n");
    else socket.end();
    this.linger(connection);
  }

  /** Gives the client some time to end its side of an ended connection, then destroys the socket. */
  linger(connection: PushConnection): void {
    this.#stage.agenda.at(monotonicNs() + lingerNs, () => connection.socket.destroy());
  }

  /** Records everything that is still pending in the account. */
  settleAll(): void {
    this.#fanout.settleAll();
  }

  #overflow(connection: PushConnection): void {
    this.#stage.totals.overflows++;
    this.drop(
      connection,
      { ending: "close", code: 1013, reason: "push queue full" },
      undefined,
      "queue of unsent pushes full",
    );
  }
}

/** A close code for MQTT 5: reason codes are unchanged, WebSocket codes become "server shutting down". */
function farewellCode(protocol: Protocol, code: number): number {
  return protocol === "mqtt" && code > 255 ? 0x8b : code;
}
