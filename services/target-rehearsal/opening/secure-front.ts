import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { dirname, join } from "node:path";
import { createSecureContext, createServer, type SecureContext, type Server, type TLSSocket } from "node:tls";
import { monotonicNs } from "../clock.ts";
import type { Kind } from "../faults/kinds.ts";
import type { Rule } from "../faults/rules.ts";
import { named, type Stage } from "../stage.ts";
import { Totals } from "../totals.ts";
import { StagedHandshake, type Staging } from "./staged-handshake.ts";
import { fatalAlert, plainRecord, recordType } from "./tls-sender.ts";

/**
 * PEM files for TLS; next to the certificate are authority.pem and those that clients must reject: expired.pem and so
 * on.
 */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

/** An accepted socket whose handshake is in progress. */
interface Pending {
  readonly raw: Socket;
  /** -1: exempt from faults and counts. */
  readonly index: number;
  /** The fault to which a refusal is attributed. */
  readonly rule: Rule | undefined;
  readonly isRude: boolean;
  readonly onSecured: (socket: TLSSocket) => void;
}

type Version = "1.2" | "1.3" | undefined;

/** Server name of Holdfast's health checks, which are exempt from faults. */
const healthName = "healthz.holdfast.invalid";

/**
 * Performs TLS handshakes on accepted sockets, or a fault's behaviour instead. Their index is the order in which
 * ClientHellos arrived, from 0.
 */
export class SecureFront {
  readonly #stage: Stage;
  readonly #files: TlsFiles;
  /** One per certificate and version; they do not listen but are handed sockets. */
  readonly #servers = new Map<string, Server>();
  readonly #pending = new Map<string, Pending>();
  /** Contexts of staged handshakes: any version, or only TLS 1.3. */
  readonly #any: SecureContext;
  readonly #newest: SecureContext;
  /** The script sends alerts on open connections, so every connection must be able to. */
  readonly #hasAlerts: boolean;
  #greetings = 0;

  /** Throws when a file cannot be read or does not match. */
  constructor(stage: Stage, files: TlsFiles) {
    this.#stage = stage;
    this.#files = files;
    const own = { cert: readFileSync(files.certificate), key: readFileSync(files.key) };
    this.#any = createSecureContext(own);
    this.#newest = createSecureContext({ ...own, minVersion: "TLSv1.3" });
    this.#hasAlerts = stage.rules.of("life.alert").length > 0;
    this.#server("", undefined, false);
  }

  /**
   * Calls back with the secured socket once its handshake is complete; a client that gives up earlier counts as
   * refused.
   */
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
    const stopped = this.#struck("tls.alert", index) ?? this.#struck("tls.stall", index);
    const { step = "hello" } = stopped?.fault ?? {};
    if (stopped !== undefined && step === "hello") return this.#stop(raw, index, stopped);
    const keyUpdate = this.#struck("tls.key-update", index);
    const records = this.#struck("tls.records", index);
    const isStaged = this.#hasAlerts || [stopped, keyUpdate, records].some((rule) => rule !== undefined);
    if (isStaged) {
      const alert = stopped?.fault.kind === "tls.alert" ? stopped.fault.alert : null;
      const staging: Staging = {
        strike: stopped === undefined || step === "hello" ? undefined : { step, alert },
        recordBytes: records?.fault.bytes,
        keyUpdate: keyUpdate === undefined ? undefined : { asks: keyUpdate.fault.asks ?? false },
      };
      return this.#shakeHandsStaged(raw, index, staging, stopped, onSecured);
    }
    const certificate = this.#struck("tls.certificate", index);
    const version = this.#struck("tls.version", index);
    const demand = this.#struck("tls.client-certificate", index);
    const isRude = this.#struck("tls.no-close-notify", index) !== undefined;
    const pending = { raw, index, rule: certificate ?? version ?? demand, isRude, onSecured };
    this.#shakeHands(certificate?.fault.problem ?? "", version?.fault.version, demand !== undefined, pending);
  }

  /** Answers a ClientHello with nothing, or with an alert. */
  #stop(raw: Socket, index: number, rule: Rule<"tls.alert"> | Rule<"tls.stall">): void {
    const { fault } = rule;
    raw.on("error", () => {}).resume();
    if (fault.kind === "tls.alert") raw.end(plainRecord(recordType.alert, fatalAlert(fault.alert)));
    this.#refused(raw, index, rule, fault.kind === "tls.alert" ? "tls-failed" : "upgrade-timeout");
  }

  /** Performs a handshake through {@link StagedHandshake}, so that we can send TLS 1.3 records ourselves. */
  #shakeHandsStaged(
    raw: Socket,
    index: number,
    staging: Staging,
    rule: Rule | undefined,
    onSecured: (socket: TLSSocket) => void,
  ): void {
    const handshake = new StagedHandshake(raw, staging, () =>
      this.#refused(raw, index, rule, staging.strike?.alert === null ? "upgrade-timeout" : "tls-failed"),
    );
    const context = staging.strike === undefined ? this.#newest : this.#any;
    const secured = (socket: TLSSocket): void => {
      socket.resetAndDestroy = () => {
        raw.resetAndDestroy();
        return socket.destroy();
      };
      onSecured(socket);
    };
    handshake.begin(context, secured, () => this.#refused(raw, index, rule, "tls-failed"));
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
    // Only the raw socket can be reset, and only it can end without close_notify.
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

/** Makes `end` write its argument and then end the TCP stream without close_notify. */
function endUnannounced(socket: TLSSocket, raw: Socket): void {
  const end = (bytes?: unknown): TLSSocket => {
    socket.write(typeof bytes === "string" || Buffer.isBuffer(bytes) ? bytes : "", () => raw.end());
    return socket;
  };
  socket.end = end as TLSSocket["end"];
}
