/**
 * For tests: a server of event streams like a language model's that counts what it served: tokens at an interval, then
 * [DONE].
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { constants, createBrotliCompress, createGzip } from "node:zlib";

/**
 * Behaviour by path: /whole, /lines, /gzip, /br, /no-end, /error, /stall, /silent, /cut (every other), /busy (429 for
 * every third), /never (503 with a different Retry-After each time), /together, /tokens (3 texts, numbers 1 to 4, 9 at
 * the end).
 */
export interface Served {
  /** Requests by path. */
  asked: Record<string, number>;
  /** Streams written up to their end mark. */
  whole: number;
  /** Events written, without end marks. */
  events: number;
  bodies: string[];
}

const eventsOfStream = 4;
const intervalMs = 15;

/** As language model servers report tokens: usage comes with the last event. */
const tokenEvent = (index: number): string =>
  JSON.stringify({
    choices: [{ text: index < eventsOfStream - 1 ? `t${index}` : "" }],
    n: index + 1,
    usage: index < eventsOfStream - 1 ? null : { tokens: 9 },
  });

export class StreamServer {
  readonly served: Served = { asked: {}, whole: 0, events: 0, bodies: [] };
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response));
  }

  static async listen(): Promise<StreamServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new StreamServer(server);
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}/${path}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const way = request.url!.slice(1);
    const number = (this.served.asked[way] ?? 0) + 1;
    this.served.asked[way] = number;
    let body = "";
    request.on("data", (piece) => {
      body += piece;
    });
    request.on("end", () => {
      this.served.bodies.push(body);
      if (way === "silent") return;
      if (way === "busy" && number % 3 === 0) return void response.writeHead(429, { "retry-after": "7" }).end("later");
      if (way === "never") return void response.writeHead(503, { "retry-after": String(number) }).end();
      this.#stream(way, number, response);
    });
  }

  #stream(way: string, number: number, response: ServerResponse): void {
    const coder = way === "gzip" ? createGzip() : way === "br" ? createBrotliCompress() : null;
    const flush = way === "br" ? constants.BROTLI_OPERATION_FLUSH : constants.Z_SYNC_FLUSH;
    const type = way === "lines" ? "application/x-ndjson" : "text/event-stream; charset=utf-8";
    response.writeHead(200, { "content-type": type, ...(coder === null ? {} : { "content-encoding": way }) });
    coder?.pipe(response);
    const write = (text: string): void => {
      (coder ?? response).write(text);
      coder?.flush(flush);
    };
    const event = (index: number): string =>
      way === "lines" ? `{"token":"t${index}"}\n` : `data: ${way === "tokens" ? tokenEvent(index) : `t${index}`}\n\n`;
    let sent = 0;
    const timer = setInterval(() => {
      if (way === "stall" && sent === 2) return;
      if ((way === "cut" && number % 2 === 0 && sent === 2) || response.destroyed) return end(() => response.destroy());
      if (way === "error" && sent === 2) return end(() => response.end("event: error\ndata: overloaded\n\n"));
      if (sent === eventsOfStream) {
        if (way !== "no-end") {
          write(way === "lines" ? '{"done":true}\n' : "data: [DONE]\n\n");
          this.served.whole++;
        }
        return end(() => (coder ?? response).end());
      }
      const now = way === "together" ? eventsOfStream : 1;
      write(Array.from({ length: now }, (_, index) => event(sent + index)).join(""));
      sent += now;
      this.served.events += now;
    }, intervalMs);
    const end = (last: () => void): void => {
      clearInterval(timer);
      last();
    };
    response.on("close", () => clearInterval(timer));
  }
}
