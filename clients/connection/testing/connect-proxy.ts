/** A typical forward proxy for tests: node:http, CONNECT, Basic authorization. Records the requests it receives. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface ConnectProxyOptions {
  /** Required user:password; absent: none. */
  credentials?: string;
  /** Answers with this status instead of dialling. */
  status?: number;
  /** Never responds. */
  isSilent?: boolean;
  /** Closes the connection without a response. */
  hangsUp?: boolean;
  /** Raw bytes to send instead of a response. */
  raw?: string;
  /** Where all tunnels lead, whatever name is requested: allows unresolvable names. */
  leadsTo?: { host: string; port: number };
}

export class ConnectProxy {
  readonly asked: string[] = [];
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, asked: string[], sockets: Set<Socket>) {
    this.#server = server;
    this.asked = asked;
    this.#sockets = sockets;
    this.port = (server.address() as AddressInfo).port;
  }

  static async listen(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
    const asked: string[] = [];
    const sockets = new Set<Socket>();
    const server = createServer((_, response) => response.writeHead(405).end());
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    });
    server.on("connect", (request, client: Socket, head: Buffer) => {
      asked.push(request.url ?? "");
      if (options.isSilent) return;
      if (options.hangsUp) return void client.end();
      if (options.raw !== undefined) return void client.end(options.raw);
      const wanted =
        options.credentials === undefined ? undefined : `Basic ${Buffer.from(options.credentials).toString("base64")}`;
      if (request.headers["proxy-authorization"] !== wanted)
        return void client.end("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
      if (options.status !== undefined)
        return void client.end(`HTTP/1.1 ${options.status} No\r\nContent-Length: 0\r\n\r\n`);
      const [, host = "", port = ""] = /^(.*):([0-9]+)$/.exec(request.url ?? "") ?? [];
      const onward = connect(options.leadsTo ?? { host, port: Number(port) }, () => {
        client.write("HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n");
        onward.write(head);
        client.pipe(onward).pipe(client);
      });
      onward.on("error", () => client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
      client.on("close", () => onward.destroy());
      sockets.add(onward);
      onward.on("close", () => sockets.delete(onward));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new ConnectProxy(server, asked, sockets);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
