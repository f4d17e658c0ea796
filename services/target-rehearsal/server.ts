import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { Account } from "./account.ts";
import { Agenda } from "./agenda.ts";
import { monotonicNs, RealtimeClock } from "./clock.ts";
import { LifeFaults } from "./faults/life-faults.ts";
import { type Rule, Rules } from "./faults/rules.ts";
import type { Script } from "./faults/script.ts";
import { Conversation } from "./http/conversation.ts";
import { Routes } from "./http/routes.ts";
import { RawOpening } from "./opening/raw-opening.ts";
import { SecureFront, type TlsFiles } from "./opening/secure-front.ts";
import { Upgrader } from "./opening/upgrade.ts";
import { Roster } from "./push/roster.ts";
import { named, type Stage } from "./stage.ts";
import { Totals } from "./totals.ts";
import { type Owner, Wire } from "./wire.ts";

/** Options of a rehearsal server. Port 0: chosen by the system. */
export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tcpPort: number;
  readonly script: Script;
  /** File of the account; empty for none. */
  readonly accountPath: string;
  /** Files for TLS on both ports; null or absent: no TLS. */
  readonly tls?: TlsFiles | null;
  /**
   * Makes `limit.fds` a kernel limit as well: exhausted with this many sockets, of which so many are open. Absent where
   * the process is not exclusively the server's.
   */
  readonly limitDescriptors?: (sockets: number, open: number) => number | null;
}

/** As many as the kernel allows: bursts of connects should be refused by faults, not by the queue. */
const backlog = 65_535;
/** How long clients may take to answer the final close frames. */
const farewellMs = 2_000;

/** The rehearsal server: implements the contract of docs/targets.md, with exactly the faults of its script. */
export class RehearsalServer {
  readonly #options: ServerOptions;
  readonly #stage: Stage;
  readonly #roster: Roster;
  readonly #life: LifeFaults;
  readonly #listeners: { server: Server; port: number }[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #front: SecureFront | null;
  readonly #accepts: (wire: Wire, isTcp: boolean) => Owner;
  #isListening = true;

  constructor(options: ServerOptions) {
    const { script } = options;
    const rules = new Rules(script);
    const foreignNs = (rules.of("push.foreign-clock")[0]?.fault.ms ?? 0) * 1e6;
    const account = new Account(options.accountPath);
    this.#options = options;
    this.#stage = {
      script,
      rules,
      account,
      totals: new Totals(),
      agenda: new Agenda(),
      realtime: new RealtimeClock(),
      foreignNs,
    };
    this.#roster = new Roster(this.#stage);
    this.#life = new LifeFaults(this.#stage, this.#roster);
    const upgrader = new Upgrader(this.#stage, this.#roster);
    const routes = new Routes(this.#stage, upgrader);
    this.#front = options.tls ? new SecureFront(this.#stage, options.tls) : null;
    this.#accepts = (wire, isTcp) => (isTcp ? new RawOpening(wire, upgrader) : new Conversation(wire, routes));
  }

  get totals(): Totals {
    return this.#stage.totals;
  }

  /** Starts listening; `atMs` counts from that instant. */
  async start(): Promise<{ port: number; tcpPort: number }> {
    const port = await this.#listen(this.#options.port, false);
    const tcpPort = await this.#listen(this.#options.tcpPort, true);
    const { script } = this.#stage;
    this.#stage.account.note("started", {
      port,
      tcpPort,
      pid: process.pid,
      seed: script.seed,
      faults: script.faults.length,
    });
    this.#roster.onOpened = (connection, nowNs) => {
      this.#reached(nowNs);
      this.#life.opened(connection, nowNs);
      this.#fitListeners();
    };
    this.#roster.onEnded = () => this.#fitListeners();
    this.#reached(monotonicNs());
    this.#fitListeners();
    return { port, tcpPort };
  }

  /** Closes every connection with 1001 and completes the account. Settles within three seconds. */
  async stop(): Promise<Totals> {
    this.#roster.onEnded = () => {};
    for (const { server } of this.#listeners) server.close();
    for (const connection of [...this.#roster.connections])
      this.#roster.drop(connection, { ending: "close", code: 1001 }, undefined, "shutdown");
    for (const socket of this.#sockets) socket.end();
    const deadlineNs = monotonicNs() + farewellMs * 1e6;
    while (this.#sockets.size > 0 && monotonicNs() < deadlineNs) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (const socket of this.#sockets) socket.destroy();
    this.#roster.settleAll();
    this.#stage.agenda.stop();
    this.#stage.account.note("summary", { ...this.totals });
    this.#stage.account.close();
    return this.totals;
  }

  #reached(nowNs: number): void {
    for (const rule of this.#stage.rules.reached(this.totals.open, this.totals.requests, nowNs)) {
      this.#stage.account.note("begun", { ...named(rule), open: this.totals.open });
      if (rule.fault.kind === "limit.fds" && rule.waveAt(nowNs) >= 0 && rule.fault.at?.forMs === undefined)
        this.#limit(rule as Rule<"limit.fds">);
      this.#life.begin(rule);
    }
  }

  #limit(rule: Rule<"limit.fds">): void {
    const allowed = this.#options.limitDescriptors?.(rule.fault.sockets, this.#sockets.size) ?? null;
    if (allowed !== null) this.#stage.account.note("descriptors-limited", { ...named(rule), allowed });
  }

  #listen(port: number, isTcp: boolean): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket, isTcp));
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port, host: this.#options.host, backlog }, () => {
        const bound = (server.address() as AddressInfo).port;
        this.#listeners.push({ server, port: bound });
        resolve(bound);
      });
    });
  }

  #accept(socket: Socket, isTcp: boolean): void {
    this.totals.accepted++;
    const nowNs = monotonicNs();
    const full = this.#stage.rules
      .of("limit.fds")
      .find((rule) => rule.waveAt(nowNs) >= 0 && this.#sockets.size >= rule.fault.sockets);
    if (full) {
      this.#stage.account.note("closed-at-accept", {
        peer: `${socket.remoteAddress}:${socket.remotePort}`,
        ...named(full),
        sockets: this.#sockets.size,
      });
      Totals.count(this.totals.refused, "upgrade-invalid");
      socket.on("error", () => {});
      socket.destroy();
      return;
    }
    this.#own(socket);
    if (this.#front === null) return this.#serve(socket, isTcp);
    this.#front.accept(socket, (secured) => {
      // From here on the secured socket is the one to end.
      this.#sockets.delete(socket);
      this.#own(secured);
      this.#serve(secured, isTcp);
    });
  }

  #own(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }

  #serve(socket: Socket, isTcp: boolean): void {
    const wire = new Wire(socket);
    wire.owner = this.#accepts(wire, isTcp);
  }

  /**
   * Stops or resumes listening, as `limit.refuse` with `stop-listening` requires. Connections in the kernel's queue are
   * reset.
   */
  #fitListeners(): void {
    const nowNs = monotonicNs();
    const full = this.#stage.rules
      .of("limit.refuse")
      .find(({ fault }) => fault.how === "stop-listening" && this.totals.open >= fault.above);
    const mayListen = !full || full.waveAt(nowNs) < 0;
    if (mayListen === this.#isListening) return;
    this.#isListening = mayListen;
    this.#stage.account.note(mayListen ? "listening-again" : "stopped-listening", {
      open: this.totals.open,
      ...(full ? named(full) : {}),
    });
    for (const { server, port } of this.#listeners) {
      if (mayListen) server.listen({ port, host: this.#options.host, backlog });
      else server.close();
    }
  }
}
