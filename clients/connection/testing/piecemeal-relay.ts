/**
 * For tests: sits between a client and a server and forwards the server's bytes in chunks of a chosen size, one per
 * event loop iteration.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class PiecemealRelay {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Socket[] = [];
  #client: Socket | null = null;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  /**
   * `pieceBytes` 0: forwards what arrived in an iteration as one chunk. `spoil` may modify bytes, given their offset in
   * the server's stream.
   */
  static async start(
    port: number,
    pieceBytes: number,
    spoil: (bytes: Buffer, at: number) => Buffer = (bytes) => bytes,
  ): Promise<PiecemealRelay> {
    const server = createServer({ noDelay: true, allowHalfOpen: true });
    server.listen(0, "127.0.0.1").unref();
    await once(server, "listening");
    const relay = new PiecemealRelay(server, (server.address() as AddressInfo).port);
    server.on("connection", (client) =>
      relay.#join(client, connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true }), pieceBytes, spoil),
    );
    return relay;
  }

  #join(client: Socket, server: Socket, pieceBytes: number, spoil: (bytes: Buffer, at: number) => Buffer): void {
    this.#client = client;
    for (const socket of [client.unref(), server.unref()]) this.#sockets.push(socket.on("error", () => {}));
    client.on("data", (bytes) => server.write(bytes));
    client.on("end", () => server.end());
    let waiting = Buffer.alloc(0);
    let at = 0;
    let hasEnded = false;
    const next = (): void => {
      const piece = waiting.subarray(0, pieceBytes === 0 ? waiting.length : pieceBytes);
      waiting = waiting.subarray(piece.length);
      if (piece.length > 0) client.write(piece);
      if (waiting.length > 0) setImmediate(next);
      else if (hasEnded) client.end();
    };
    server.on("data", (bytes) => {
      const isIdle = waiting.length === 0;
      waiting = Buffer.concat([waiting, spoil(bytes, at)]);
      at += bytes.length;
      if (isIdle) setImmediate(next);
    });
    server.on("end", () => {
      hasEnded = true;
      setImmediate(next);
    });
  }

  /** Ends the TCP stream to the client below TLS, without close_notify. */
  endClient(): void {
    this.#client?.end();
  }

  /** Injects bytes into the client's stream. */
  writeClient(bytes: Buffer): void {
    this.#client?.write(bytes);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
