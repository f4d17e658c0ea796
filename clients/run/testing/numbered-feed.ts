/**
 * For tests: an event stream with numbered events that repeatedly drops its clients and records what it sent to whom.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** What was sent to one client, identified by its query. */
interface Client {
  /** Numbers of its events, in the order they were written. */
  sent: number[];
  /** For each request: the last event id it gave, and how many events had been sent before it. */
  requests: { lastId: string | undefined; sentBefore: number }[];
  response: ServerResponse | null;
}

interface Options {
  /** Whether reconnecting clients are sent the events they missed. */
  replays: boolean;
  /** Retry time sent at the start of each stream. */
  retryMs: number;
  /** Requests of client 0 from this one on are answered with 204; 0: none. */
  stopsAt?: number;
}

const eventsOfRun = 60;
const everyMs = 12;

export class NumberedFeed {
  readonly clients = new Map<string, Client>();
  readonly #options: Options;
  readonly #server: Server;
  #number = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(server: Server, options: Options) {
    this.#options = options;
    this.#server = server;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => this.#serve(request, response));
  }

  static async listen(options: Options): Promise<NumberedFeed> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new NumberedFeed(server, options);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}/feed?client={{index}}`;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const name = new URL(request.url!, "http://feed").searchParams.get("client")!;
    const client = this.clients.get(name) ?? { sent: [], requests: [], response: null };
    this.clients.set(name, client);
    const lastId = request.headers["last-event-id"] as string | undefined;
    client.requests.push({ lastId, sentBefore: client.sent.length });
    if (name === "0" && this.#options.stopsAt !== undefined && client.requests.length >= this.#options.stopsAt)
      return void response.writeHead(204).end();
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`retry: ${this.#options.retryMs}\n\n`);
    client.response = response;
    response.on("close", () => {
      if (client.response === response) client.response = null;
    });
    if (this.#options.replays && lastId !== undefined)
      for (let number = Number(lastId) + 1; number <= this.#number; number++) this.#write(client, number);
    this.#timer ??= setInterval(() => this.#tick(), everyMs);
  }

  #write(client: Client, number: number): void {
    client.sent.push(number);
    client.response?.write(`id: ${number}\ndata: event ${number}\n\n`);
  }

  /** Sends the next event to all connected clients, and drops one in seven after it. */
  #tick(): void {
    if (this.#number === eventsOfRun) return clearInterval(this.#timer);
    this.#number++;
    for (const [name, client] of this.clients) {
      if (client.response === null) continue;
      this.#write(client, this.#number);
      if ((this.#number + Number(name)) % 7 !== 0) continue;
      client.response.end();
      client.response = null;
    }
  }
}
