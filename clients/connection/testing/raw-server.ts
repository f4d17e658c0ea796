/** For tests: a server of bare sockets that does only what the test says, and a record of what came. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { upgradeAnswer } from "./websocket-corpus.ts";

export interface Peer {
  socket: Socket;
  /** Everything that came. */
  received: Buffer;
  hasEnded: boolean;
  error: string;
  isClosed: boolean;
}

export class RawServer {
  readonly peers: Peer[] = [];
  readonly #server: Server;

  private constructor(onPeer: (peer: Peer) => void, onBytes: (peer: Peer, bytes: Buffer) => void) {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const peer: Peer = { socket, received: Buffer.alloc(0), hasEnded: false, error: "", isClosed: false };
      this.peers.push(peer);
      // A test that fails must not hold its process.
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
    });
  }

  static async listen(
    onBytes: (peer: Peer, bytes: Buffer) => void = () => {},
    onPeer: (peer: Peer) => void = () => {},
    host = "127.0.0.1",
  ): Promise<RawServer> {
    const server = new RawServer(onPeer, onBytes);
    server.#server.listen(0, host).unref();
    await once(server.#server, "listening");
    return server;
  }

  /** Answers every request with a proper 101, and `after` glued to it. */
  static async upgrading(after: Buffer = Buffer.alloc(0), extra = ""): Promise<RawServer> {
    return RawServer.listen((peer, bytes) => {
      const isFirst = peer.received.length === bytes.length;
      if (isFirst) peer.socket.write(Buffer.concat([upgradeAnswer(bytes, extra), after]));
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const { socket } of this.peers) socket.destroy();
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }
}
