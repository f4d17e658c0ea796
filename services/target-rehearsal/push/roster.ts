import { monotonicNs } from "../clock.ts";
import type { Rule } from "../faults/rules.ts";
import { shortPacket } from "../mqtt-packets.ts";
import { named, type Stage } from "../stage.ts";
import { Totals } from "../totals.ts";
import { closeFrame, type Opening, PushConnection } from "./connection.ts";
import { Fanout } from "./fanout.ts";
import type { Protocol } from "./framing.ts";

/** How a connection ended, in the words of the client's causes. */
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

/** How long a connection we closed may take to end before it is destroyed. */
const lingerNs = 3e9;

/** Every registered connection; it opens and ends them and tells the account. */
export class Roster {
  readonly connections = new Set<PushConnection>();
  readonly #stage: Stage;
  readonly #fanout: Fanout;
  /** Told of each connection that opened, with the instant. */
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

  /**
   * Puts a connection's end into the account, once: the first to tell is the cause. Returns whether this was the first.
   */
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
   * Ends a connection from this side. For server-sent events `close` is the last chunk, for raw TCP and MQTT 3.1.1,
   * which have no farewell, the end of the stream.
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

  /** Gives the client some time to end its side of a connection that ended, then destroys the socket. */
  linger(connection: PushConnection): void {
    this.#stage.agenda.at(monotonicNs() + lingerNs, () => connection.socket.destroy());
  }

  /** Puts what is still under way into the account. */
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

/**
 * A close code as MQTT 5 says it: reason codes stay what they are, the codes of WebSocket become "server shutting
 * down".
 */
function farewellCode(protocol: Protocol, code: number): number {
  return protocol === "mqtt" && code > 255 ? 0x8b : code;
}
