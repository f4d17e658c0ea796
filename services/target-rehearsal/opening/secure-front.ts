import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { dirname, join } from "node:path";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { monotonicNs } from "../clock.ts";
import type { Kind } from "../faults/kinds.ts";
import type { Rule } from "../faults/rules.ts";
import { named, type Stage } from "../stage.ts";
import { Totals } from "../totals.ts";

/**
 * PEM files the server speaks TLS with; beside the certificate lie authority.pem and those that a client must refuse:
 * expired.pem and so on.
 */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

/** An accepted socket whose handshake is on. */
interface Pending {
  readonly raw: Socket;
  /** -1: no fault may strike it, and it is in no count. */
  readonly index: number;
  /** The fault a refusal is laid to. */
  readonly rule: Rule | undefined;
  readonly isRude: boolean;
  readonly onSecured: (socket: TLSSocket) => void;
}

type Version = "1.2" | "1.3" | undefined;

/** Whoever asks for this name is Holdfast looking whether the server is up: no fault strikes it. */
const healthName = "healthz.holdfast.invalid";

/**
 * Speaks TLS with accepted sockets, or does what a fault says instead. Their index is the order in which ClientHellos
 * came, from 0.
 */
export class SecureFront {
  readonly #stage: Stage;
  readonly #files: TlsFiles;
  /** One for each certificate and version; none listens: they are handed the sockets. */
  readonly #servers = new Map<string, Server>();
  readonly #pending = new Map<string, Pending>();
  #greetings = 0;

  /** Throws when a file cannot be read or does not fit. */
  constructor(stage: Stage, files: TlsFiles) {
    this.#stage = stage;
    this.#files = files;
    this.#server("", undefined, false);
  }

  /** Tells of the secured socket once its handshake is done; a client that gives up before is counted as refused. */
  accept(raw: Socket, onSecured: (socket: TLSSocket) => void): void {
    const ignore = (): void => {};
    raw.on("error", ignore);
    raw.once("end", () => raw.end());
    raw.once("data", (hello: Buffer) => {
      raw.pause();
      raw.unshift(hello);
      raw.off("error", ignore);
      if (hello.includes(healthName))
        this.#shakeHands("", undefined, false, { raw, index: -1, rule: undefined, isRude: false, onSecured });
      else this.#greeted(raw, onSecured);
    });
  }

  #greeted(raw: Socket, onSecured: (socket: TLSSocket) => void): void {
    const index = this.#greetings++;
    const stall = this.#struck("tls.stall", index);
    if (stall !== undefined) {
      raw.on("error", () => {}).resume();
      return this.#refused(raw, index, stall, "upgrade-timeout");
    }
    const certificate = this.#struck("tls.certificate", index);
    const version = this.#struck("tls.version", index);
    const demand = this.#struck("tls.client-certificate", index);
    const isRude = this.#struck("tls.no-close-notify", index) !== undefined;
    const pending = { raw, index, rule: certificate ?? version ?? demand, isRude, onSecured };
    this.#shakeHands(certificate?.fault.problem ?? "", version?.fault.version, demand !== undefined, pending);
  }

  #shakeHands(problem: string, version: Version, demandsCertificate: boolean, pending: Pending): void {
    this.#pending.set(peerOf(pending.raw), pending);
    this.#server(problem, version, demandsCertificate).emit("connection", pending.raw);
  }

  #struck<K extends Kind>(kind: K, index: number): Rule<K> | undefined {
    const nowNs = monotonicNs();
    return this.#stage.rules.of(kind).find((rule) => {
      const wave = rule.waveAt(nowNs);
      return wave >= 0 && rule.strikes({ index, rank: this.#stage.totals.open + 1 }, wave);
    });
  }

  #server(problem: string, version: Version, demandsCertificate: boolean): Server {
    const name = [problem, version, demandsCertificate].join();
    const known = this.#servers.get(name);
    if (known !== undefined) return known;
    const beside = (file: string): Buffer => readFileSync(join(dirname(this.#files.certificate), file));
    const server = createServer({
      cert: problem === "" ? readFileSync(this.#files.certificate) : beside(`${problem}.pem`),
      key: readFileSync(this.#files.key),
      ALPNProtocols: ["http/1.1"],
      ...(demandsCertificate ? { requestCert: true, rejectUnauthorized: true, ca: beside("authority.pem") } : {}),
      ...(version === undefined ? {} : { minVersion: `TLSv${version}`, maxVersion: `TLSv${version}` }),
    });
    server.on("secureConnection", (socket) => this.#secured(socket));
    server.on("tlsClientError", (_error, socket) => this.#failed(socket));
    this.#servers.set(name, server);
    return server;
  }

  #secured(socket: TLSSocket): void {
    const pending = this.#pending.get(peerOf(socket));
    if (pending === undefined) return;
    this.#pending.delete(peerOf(socket));
    const { raw, isRude, onSecured } = pending;
    // Only the socket below can be reset; and it alone can end without TLS's own farewell.
    socket.resetAndDestroy = () => {
      raw.resetAndDestroy();
      return socket.destroy();
    };
    if (isRude) endUnannounced(socket, raw);
    onSecured(socket);
  }

  #failed(socket: TLSSocket): void {
    for (const [peer, { raw, index, rule }] of this.#pending) {
      if (peer !== peerOf(socket) && !raw.destroyed) continue;
      this.#pending.delete(peer);
      this.#refused(raw, index, rule, "tls-failed", peer);
    }
    socket.destroy();
  }

  #refused(
    raw: Socket,
    index: number,
    rule: Rule | undefined,
    cause: "tls-failed" | "upgrade-timeout",
    peer = peerOf(raw),
  ): void {
    if (index < 0) return;
    Totals.count(this.#stage.totals.refused, cause);
    this.#stage.account.note("refused", { attempt: index, peer, cause, ...(rule === undefined ? {} : named(rule)) });
  }
}

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress}:${remotePort}`;

/** From now on `end` writes what it is given and then ends the TCP stream, without close_notify. */
function endUnannounced(socket: TLSSocket, raw: Socket): void {
  const end = (bytes?: unknown): TLSSocket => {
    socket.write(typeof bytes === "string" || Buffer.isBuffer(bytes) ? bytes : "", () => raw.end());
    return socket;
  };
  socket.end = end as TLSSocket["end"];
}
