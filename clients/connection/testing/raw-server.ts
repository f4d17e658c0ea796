/** For tests: a bare socket server that does only what the test says, and records what it received. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { testCertificate, testKey } from "./test-certificate.ts";
import { upgradeAnswer } from "./websocket-corpus.ts";

export interface Peer {
  socket: Socket;
  /** Everything received. */
  received: Buffer;
  hasEnded: boolean;
  error: string;
  isClosed: boolean;
}

export class RawServer {
  readonly peers: Peer[] = [];
  readonly #server: Server;
  /** All accepted sockets; with TLS some never become peers. */
  readonly #sockets: Socket[] = [];

  private constructor(onPeer: (peer: Peer) => void, onBytes: (peer: Peer, bytes: Buffer) => void, isSecure: boolean) {
    const accept = (socket: Socket): void => {
      const peer: Peer = { socket, received: Buffer.alloc(0), hasEnded: false, error: "", isClosed: false };
      this.peers.push(peer);
      // A failing test must not keep its process alive.
      socket.unref();
      socket.on("data", (bytes) => {
        peer.received = Buffer.concat([peer.received, bytes]);
        onBytes(peer, bytes);
      });
      socket.on("end", () => {
        peer.hasEnded = true;
      });
      socket.on("error", (error: NodeJS.ErrnoException) => {
        peer.error = error.code ?? "";
      });
      socket.on("close", () => {
        peer.isClosed = true;
      });
      onPeer(peer);
    };
    const begin = isSecure ? securing(accept) : accept;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.#sockets.push(socket);
      begin(socket);
    });
  }

  static async listen(
    onBytes: (peer: Peer, bytes: Buffer) => void = () => {},
    onPeer: (peer: Peer) => void = () => {},
    host = "127.0.0.1",
    isSecure = false,
  ): Promise<RawServer> {
    const server = new RawServer(onPeer, onBytes, isSecure);
    server.#server.listen(0, host).unref();
    await once(server.#server, "listening");
    return server;
  }

  /** Answers every request with a valid 101, followed by `after` in the same write. */
  static async upgrading(after: Buffer = Buffer.alloc(0), extra = "", isSecure = false): Promise<RawServer> {
    const answer = (peer: Peer, bytes: Buffer): void => {
      const isFirst = peer.received.length === bytes.length;
      if (isFirst) peer.socket.write(Buffer.concat([upgradeAnswer(bytes, extra), after]));
    };
    return RawServer.listen(answer, undefined, undefined, isSecure);
  }

  /** The two constructors, for tests that run with and without TLS. */
  static over(isSecure: boolean) {
    return {
      listen: (onBytes?: (peer: Peer, bytes: Buffer) => void, onPeer?: (peer: Peer) => void, host?: string) =>
        RawServer.listen(onBytes, onPeer, host, isSecure),
      upgrading: (after?: Buffer, extra?: string) => RawServer.upgrading(after, extra, isSecure),
    };
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of [...this.peers.map((peer) => peer.socket), ...this.#sockets]) socket.destroy();
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }
}

/** Accepts with TLS, using the test's certificate. Only the raw socket can be reset. */
function securing(accept: (socket: Socket) => void): (raw: Socket) => void {
  const raws = new Map<number | undefined, Socket>();
  const server = createTlsServer(
    { cert: testCertificate, key: testKey, ALPNProtocols: ["http/1.1"] },
    (socket: TLSSocket) => {
      const raw = raws.get(socket.remotePort);
      socket.resetAndDestroy = () => {
        raw?.resetAndDestroy();
        return socket.destroy();
      };
      accept(socket);
    },
  );
  server.on("tlsClientError", () => {});
  return (raw) => {
    raws.set(raw.remotePort, raw.unref());
    server.emit("connection", raw);
  };
}
