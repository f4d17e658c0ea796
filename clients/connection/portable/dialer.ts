/** Dials endpoints with Node's sockets, with TLS where the endpoint uses it. */
import { readFileSync } from "node:fs";
import { connect, isIP, type OnReadOpts, type Socket } from "node:net";
import { createSecureContext, type SecureContext, connect as secure, type TLSSocket } from "node:tls";
import type { EngineOptions, Greetings, TlsSession } from "../engine.ts";
import { alpnOf, checkTls, fullTls, isOfConnections, type TlsOptions } from "../tls-options.ts";

/** The sockets of one connection; without TLS both are the same. */
export interface Dialed {
  /** Carries the protocol's bytes. */
  socket: Socket;
  /** The TCP connection below, the only one that can be reset. */
  raw: Socket;
}

export class Dialer {
  readonly #options: EngineOptions;
  readonly #tls: TlsOptions;
  /** Null: the client certificate cannot be used. */
  readonly #contextOf: (slot: number) => SecureContext | null;
  /** Sessions kept from closed connections for the slot's next one, where sessions are resumed. */
  readonly #sessions = new Map<number, Buffer>();

  /** Throws a ConnectionError when the `tls` options cannot be used. */
  constructor(options: EngineOptions, greetings: Greetings | null) {
    this.#options = options;
    this.#tls = fullTls(options.tls);
    this.#contextOf = options.endpoints.some(({ tls }) => tls) ? contextsOf(this.#tls, greetings) : () => null;
  }

  /**
   * Starts connecting a slot. `onread` is for plain sockets, which read into our buffers. Null: the slot's client
   * certificate can no longer be read.
   */
  dial(slot: number, onread?: OnReadOpts): Dialed | null {
    const { endpoints, sources, protocol } = this.#options;
    const endpoint = endpoints[slot % endpoints.length]!;
    const secureContext = endpoint.tls ? this.#contextOf(slot) : null;
    if (endpoint.tls && secureContext === null) return null;
    const source = sources[Math.floor(slot / endpoints.length) % sources.length];
    const raw = connect({
      ...(endpoint.socketPath === undefined
        ? { host: endpoint.address, port: endpoint.port, family: endpoint.family }
        : ({ path: endpoint.socketPath } as unknown as { host: string; port: number })),
      noDelay: true,
      // The peer's FIN must be reported first; otherwise Node would answer it.
      allowHalfOpen: true,
      ...(source === undefined ? {} : { localAddress: source }),
      ...(onread === undefined || endpoint.tls ? {} : { onread }),
    });
    if (secureContext === null) return { socket: raw, raw };
    const name = this.#tls.serverName ?? endpoint.host;
    const session = this.#sessions.get(slot);
    this.#sessions.delete(slot);
    const socket = secure({
      socket: raw,
      secureContext,
      rejectUnauthorized: !this.#tls.insecure,
      ALPNProtocols: [...alpnOf(this.#tls, protocol)],
      host: name,
      ...(isIP(name) === 0 ? { servername: name } : {}),
      ...(session === undefined ? {} : { session }),
    });
    // With TLS 1.3 the ticket may arrive at any time, and repeatedly.
    if (this.#tls.resume === "tickets") socket.on("session", (ticket) => this.#sessions.set(slot, ticket));
    return { socket, raw };
  }
}

/** What a completed handshake agreed on. */
export function sessionOf(socket: TLSSocket): TlsSession {
  const { alpnProtocol } = socket;
  return {
    version: socket.getProtocol() ?? "",
    cipher: socket.getCipher().name,
    alpn: typeof alpnProtocol === "string" ? alpnProtocol : "",
    isResumed: socket.isSessionReused(),
  };
}

/** One context for all connections, or one per connection where each has its own certificate. */
function contextsOf(tls: TlsOptions, greetings: Greetings | null): (slot: number) => SecureContext | null {
  const { certificate, key } = tls;
  const context = secureContextOf(tls);
  if (!isOfConnections(tls) || certificate === null || key === null) return () => context;
  if (greetings === null) throw new Error("expected values for the templates of tls.certificate and tls.key");
  const [certificateOf, keyOf] = [greetings.compile(certificate), greetings.compile(key)];
  return (slot) => {
    try {
      return contextWith({ ...tls, certificate: certificateOf(slot), key: keyOf(slot) });
    } catch {
      return null;
    }
  };
}

/**
 * One context for all connections, as each costs tens of kilobytes. A given authority replaces the system's. Throws a
 * ConnectionError. Per-connection certificates are left out.
 */
export function secureContextOf(tls: TlsOptions): SecureContext {
  checkTls(tls);
  return contextWith(isOfConnections(tls) ? { ...tls, certificate: null, key: null } : tls);
}

function contextWith(tls: TlsOptions): SecureContext {
  const read = (name: "ca" | "cert" | "key", file: string | null) =>
    file === null ? {} : { [name]: readFileSync(file) };
  return createSecureContext({
    minVersion: tls.minVersion,
    maxVersion: tls.maxVersion,
    ...(tls.ciphers === null ? {} : { ciphers: tls.ciphers }),
    ...read("ca", tls.certificateAuthority),
    ...read("cert", tls.certificate),
    ...read("key", tls.key),
  });
}
