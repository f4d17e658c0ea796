/**
 * A small server on the machine under test that reports the resource usage of given processes. It accepts no path, pid
 * or command from the network; what it watches and may start is set on its command line.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { nowNs } from "../../clients/measure/clock.ts";
import { readCounters } from "../../clients/measure/host/kernel-counters.ts";
import { ProcessTree, type TreeSample } from "../../clients/measure/host/process-tree.ts";
import { urlHost } from "../../clients/measure/url-host.ts";
import { KeptCommand } from "./command.ts";
import type { KeeperOptions } from "./options.ts";
import { Pace } from "./pace.ts";
import { CommandProfile } from "./profile.ts";
import { isSame } from "./secret.ts";

/** Reading a large tree takes milliseconds: further requests within this time get the last reading. */
const readEveryNs = 0.1e9;
const perSecond = 50;
/** Rate limit for attempts without the token. */
const strangersPerSecond = 5;
const mostConnections = 32;

type Answer = readonly [status: number, body: Record<string, unknown>];

export class Keeper {
  readonly #token: string;
  readonly #command: KeptCommand | null;
  readonly #names: readonly string[];
  readonly #profiler: { profiler?: string };
  readonly #pace = new Pace(perSecond, perSecond * 2, nowNs());
  readonly #strangers = new Pace(strangersPerSecond, strangersPerSecond * 2, nowNs());
  readonly #server: Server;
  #trees: ProcessTree[];
  #followed: number | null = null;
  #last: { atNs: number; samples: TreeSample[] } | null = null;

  /** `say` reports where profiles were written. */
  constructor({ pids, names, command, profile, token }: Omit<KeeperOptions, "listen">, say: (line: string) => void) {
    this.#token = token;
    this.#names = names;
    this.#profiler = profile === null ? {} : { profiler: profile.by };
    const kept = profile === null ? null : new CommandProfile(profile.by, profile.folder);
    this.#command = command === null ? null : new KeptCommand(command, kept, say);
    this.#trees = pids.map((pid) => new ProcessTree([pid]));
    const limits = {
      headersTimeout: 5000,
      requestTimeout: 5000,
      maxHeaderSize: 8192,
      connectionsCheckingInterval: 1000,
    };
    this.#server = createServer(limits, (request, response) => void this.#serve(request, response));
    this.#server.maxConnections = mostConnections;
    // Connections that send nothing are closed.
    this.#server.keepAliveTimeout = 10_000;
  }

  /** Starts the command, if there is one, and listens; resolves to the address. Rejects when either fails. */
  async start({ host, port }: KeeperOptions["listen"]): Promise<string> {
    await this.#command?.start();
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, resolve);
    });
    const { address, port: actual } = this.#server.address() as AddressInfo;
    return `http://${urlHost(address)}:${actual}`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await this.#command?.stop();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Request bodies are not read.
    request.resume();
    const [status, body] = await this.#answer(request).catch((): Answer => [500, { problem: "the command failed" }]);
    const text = `${JSON.stringify(body)}\n`;
    const head = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
      "cache-control": "no-store",
    };
    const more = status === 429 ? { "retry-after": "1" } : status === 401 ? { "www-authenticate": "Bearer" } : {};
    response.writeHead(status, { ...head, ...more }).end(text);
  }

  async #answer({ method = "", url = "", headers }: IncomingMessage): Promise<Answer> {
    const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
    if (given === undefined || !isSame(given, this.#token))
      return this.#strangers.take(nowNs())
        ? [401, { problem: "expected the keeper's token as a bearer token" }]
        : [429, { problem: "too many requests" }];
    if (!this.#pace.take(nowNs())) return [429, { problem: "too many requests" }];
    switch (`${method} ${url}`) {
      case "GET /clock":
        return [200, { monotonicNs: String(Math.round(nowNs())) }];
      case "GET /usage":
        return [200, this.#usage()];
      case "POST /start":
      case "POST /stop":
        return this.#act(url === "/start" ? "start" : "stop");
      default:
        return [404, { problem: "only GET /clock, GET /usage, POST /start and POST /stop are served here" }];
    }
  }

  async #act(what: "start" | "stop"): Promise<Answer> {
    if (this.#command === null) return [403, { problem: "this keeper is read-only: it was started without --command" }];
    await this.#command[what]();
    return [200, { isRunning: this.#command.pid !== null }];
  }

  #usage(): Record<string, unknown> {
    this.#follow();
    const now = nowNs();
    if (this.#last === null || now - this.#last.atNs >= readEveryNs)
      this.#last = { atNs: now, samples: this.#trees.map((tree) => tree.sample()) };
    const samples = this.#last.samples.map((sample, at) =>
      this.#names[at] === undefined ? sample : { ...sample, name: this.#names[at] },
    );
    return { samples, kernel: readCounters(), ...this.#profiler };
  }

  /** A restarted command is a new process tree. */
  #follow(): void {
    const pid = this.#command?.root ?? null;
    if (this.#command === null || pid === this.#followed) return;
    this.#followed = pid;
    this.#last = null;
    if (pid !== null) this.#trees = [new ProcessTree([pid])];
  }
}
