/** Dials endpoints with Node's own sockets, TLS on top where the endpoint asks for it. */
import { readFileSync } from "node:fs";
import { connect, isIP, type OnReadOpts, type Socket } from "node:net";
import { createSecureContext, type SecureContext, connect as secure, type TLSSocket } from "node:tls";
import type { EngineOptions, TlsSession } from "../engine.ts";
import { alpnOf, checkTls, fullTls, type TlsOptions } from "../tls-options.ts";

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
  readonly #context: SecureContext | null;
  /** What a closed connection left for the slot's next, where sessions are resumed. */
  readonly #sessions = new Map<number, Buffer>();

  /** Throws a ConnectionError when the `tls` options cannot be used. */
  constructor(options: EngineOptions) {
    this.#options = options;
    this.#tls = fullTls(options.tls);
    this.#context = options.endpoints.some(({ tls }) => tls) ? secureContextOf(this.#tls) : null;
  }

  /** Begins to connect a slot. `onread` is for plain sockets: they are read into buffers of ours. */
  dial(slot: number, onread?: OnReadOpts): Dialed {
    const { endpoints, sources, protocol } = this.#options;
    const endpoint = endpoints[slot % endpoints.length]!;
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
    if (!endpoint.tls) return { socket: raw, raw };
    const name = this.#tls.serverName ?? endpoint.host;
    const session = this.#sessions.get(slot);
    this.#sessions.delete(slot);
    const socket = secure({
      socket: raw,
      secureContext: this.#context ?? createSecureContext(),
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

/**
 * One context for all connections: each would cost tens of kilobytes. An authority given replaces the system's. Throws
 * a ConnectionError.
 */
export function secureContextOf(tls: TlsOptions): SecureContext {
  checkTls(tls);
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
