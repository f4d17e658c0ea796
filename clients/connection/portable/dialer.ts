/** Dials endpoints with Node's own sockets, TLS on top where the endpoint asks for it. */
import { readFileSync } from "node:fs";
import { connect, isIP, type OnReadOpts, type Socket } from "node:net";
import { createSecureContext, type SecureContext, connect as secure, type TLSSocket } from "node:tls";
import type { EngineOptions, Greetings, TlsSession } from "../engine.ts";
import { alpnOf, checkTls, fullTls, isOfConnections, type TlsOptions } from "../tls-options.ts";

/** What one connection is made of; without TLS both are the same. */
export interface Dialed {
  /** Carries the bytes. */
  socket: Socket;
  /** The TCP connection below, which alone can be reset. */
  raw: Socket;
}

export class Dialer {
  readonly #options: EngineOptions;
  readonly #tls: TlsOptions;
  /** Null: the certificate to show cannot be used. */
  readonly #contextOf: (slot: number) => SecureContext | null;
  /** What a closed connection left for the slot's next, where sessions are resumed. */
  readonly #sessions = new Map<number, Buffer>();

  /** Throws a ConnectionError when the `tls` options cannot be used. */
  constructor(options: EngineOptions, greetings: Greetings | null) {
    this.#options = options;
    this.#tls = fullTls(options.tls);
    this.#contextOf = options.endpoints.some(({ tls }) => tls) ? contextsOf(this.#tls, greetings) : () => null;
  }

  /**
   * Begins to connect a slot. `onread` is for plain sockets: they are read into buffers of ours. Null: the certificate
   * it should show cannot be read any more.
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
      // The peer's FIN is ours to name; Node would answer it first.
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
    // With TLS 1.3 it comes when it likes, and again.
    if (this.#tls.resume === "tickets") socket.on("session", (ticket) => this.#sessions.set(slot, ticket));
    return { socket, raw };
  }
}

/** What a completed handshake agreed. */
export function sessionOf(socket: TLSSocket): TlsSession {
  const { alpnProtocol } = socket;
  return {
    version: socket.getProtocol() ?? "",
    cipher: socket.getCipher().name,
    alpn: typeof alpnProtocol === "string" ? alpnProtocol : "",
    isResumed: socket.isSessionReused(),
  };
}

/** One context for all connections, or one for each where each shows a certificate of its own. */
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
 * One context for all connections: each would cost tens of kilobytes. An authority given replaces the system's. Throws
 * a ConnectionError. What is each connection's own is left out.
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
