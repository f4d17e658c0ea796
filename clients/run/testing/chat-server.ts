/**
 * For tests: a stand-in for a server with OpenAI's API, written from its public description: POST /v1/chat/completions
 * with a key, answered with `chat.completion.chunk` events and `data: [DONE]`, or refused with 429 and Retry-After
 * while the maximum number of streams is open. It counts what it served.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

export interface ServedChats {
  /** Requests received, whatever their outcome. */
  asked: number;
  /** Streams written up to `[DONE]`. */
  whole: number;
  /** Requests refused, by status. */
  refused: Record<number, number>;
  /** Chunks written, without `[DONE]`. */
  chunks: number;
}

interface ChatRequest {
  model?: unknown;
  messages?: unknown;
  stream?: unknown;
  stream_options?: { include_usage?: boolean };
}

const words = ["One", ",", " two", ",", " three", "."];
const intervalMs = 10;
export const retryAfterSeconds = 3;

export class ChatServer {
  readonly served: ServedChats = { asked: 0, whole: 0, refused: {}, chunks: 0 };
  readonly #key: string;
  readonly #mostStreams: number;
  readonly #server: Server;
  #open = 0;

  private constructor(server: Server, key: string, mostStreams: number) {
    this.#server = server;
    this.#key = key;
    this.#mostStreams = mostStreams;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      let body = "";
      request.on("data", (piece) => {
        body += piece;
      });
      request.on("end", () => this.#answer(request, body, response));
    });
  }

  /** Accepts this key, and at most this many concurrent streams. */
  static async listen(key: string, mostStreams: number): Promise<ChatServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new ChatServer(server, key, mostStreams);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}/v1/chat/completions`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer({ method, url, headers }: IncomingMessage, body: string, response: ServerResponse): void {
    this.served.asked++;
    if (method !== "POST" || url !== "/v1/chat/completions")
      return this.#refuse(response, 404, "invalid_request_error", "unknown_url");
    if (headers.authorization !== `Bearer ${this.#key}`)
      return this.#refuse(response, 401, "invalid_request_error", "invalid_api_key");
    const asked = readBody(headers["content-type"], body);
    if (asked === null) return this.#refuse(response, 400, "invalid_request_error", "invalid_body");
    if (this.#open >= this.#mostStreams) return this.#refuse(response, 429, "requests", "rate_limit_exceeded");
    this.#stream(asked, response);
  }

  #refuse(response: ServerResponse, status: number, type: string, code: string): void {
    this.served.refused[status] = (this.served.refused[status] ?? 0) + 1;
    const retry = status === 429 ? { "retry-after": String(retryAfterSeconds) } : {};
    response.writeHead(status, { "content-type": "application/json", ...retry });
    response.end(JSON.stringify({ error: { message: code, type, param: null, code } }));
  }

  #stream({ model, stream_options }: ChatRequest, response: ServerResponse): void {
    this.#open++;
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
    const same = {
      id: `chatcmpl-${this.served.asked}`,
      object: "chat.completion.chunk",
      created: 1_700_000_000,
      model,
    };
    const chunk = (delta: object, finish: string | null): object => ({
      ...same,
      choices: [{ index: 0, delta, finish_reason: finish }],
    });
    const usage = { prompt_tokens: 9, completion_tokens: words.length, total_tokens: 9 + words.length };
    const chunks = [
      chunk({ role: "assistant", content: "" }, null),
      ...words.map((content) => chunk({ content }, null)),
      chunk({}, "stop"),
      ...(stream_options?.include_usage === true ? [{ ...same, choices: [], usage }] : []),
    ];
    const timer = setInterval(() => {
      const next = chunks.shift();
      if (next !== undefined) {
        response.write(`data: ${JSON.stringify(next)}\n\n`);
        this.served.chunks++;
        return;
      }
      clearInterval(timer);
      this.served.whole++;
      response.end("data: [DONE]\n\n");
    }, intervalMs);
    response.on("close", () => {
      clearInterval(timer);
      this.#open--;
    });
  }
}

/** Null for bodies the API does not accept as a streamed chat. */
function readBody(type: string | undefined, body: string): ChatRequest | null {
  try {
    const asked = JSON.parse(body) as ChatRequest;
    const isRight = typeof asked.model === "string" && Array.isArray(asked.messages) && asked.stream === true;
    return isRight && type?.startsWith("application/json") === true ? asked : null;
  } catch {
    return null;
  }
}
