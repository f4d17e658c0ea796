/** Dials endpoints with Node's own sockets, TLS on top where the endpoint asks for it. */
import { connect, isIP, type OnReadOpts, type Socket } from "node:net";
import { createSecureContext, type SecureContext, connect as secure } from "node:tls";
import { readCertificateAuthority } from "../certificate-authority.ts";
import type { EngineOptions } from "../engine.ts";

/** What one connection is made of; without TLS both are the same. */
export interface Dialed {
  /** Carries the bytes. */
  socket: Socket;
  /** The TCP connection below, which alone can be reset. */
  raw: Socket;
}

export class Dialer {
  readonly #options: EngineOptions;
  readonly #context: SecureContext | null;

  /** Throws a ConnectionError `bad-certificate-authority` when the file named cannot be read or holds no certificate. */
  constructor(options: EngineOptions) {
    this.#options = options;
    this.#context = options.endpoints.some(({ tls }) => tls) ? trust(options.tls.certificateAuthority) : null;
  }

  /** Begins to connect a slot. `onread` is for plain sockets: they are read into buffers of ours. */
  dial(slot: number, onread?: OnReadOpts): Dialed {
    const { endpoints, sources, tls } = this.#options;
    const endpoint = endpoints[slot % endpoints.length]!;
    const source = sources[Math.floor(slot / endpoints.length) % sources.length];
    const raw = connect({
      host: endpoint.address,
      port: endpoint.port,
      family: endpoint.family,
      noDelay: true,
      // The peer's FIN is ours to name; Node would answer it first.
      allowHalfOpen: true,
      ...(source === undefined ? {} : { localAddress: source }),
      ...(onread === undefined || endpoint.tls ? {} : { onread }),
    });
    if (!endpoint.tls) return { socket: raw, raw };
    const socket = secure({
      socket: raw,
      secureContext: this.#context ?? createSecureContext(),
      rejectUnauthorized: !tls.insecure,
      ALPNProtocols: ["http/1.1"],
      host: endpoint.host,
      ...(isIP(endpoint.host) === 0 ? { servername: endpoint.host } : {}),
    });
    return { socket, raw };
  }
}

/** One context for all connections: each would cost tens of kilobytes. `file` adds nothing to the system's authorities, it replaces them. */
function trust(file: string | null): SecureContext {
  return createSecureContext(file === null ? {} : { ca: readCertificateAuthority(file) });
}
