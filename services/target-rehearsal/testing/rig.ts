import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { readScript } from "../faults/script.ts";
import { checkOf } from "../push/message.ts";
import { RehearsalServer } from "../server.ts";

/** One line of an account. */
export type Fact = { readonly t: string; readonly what: string } & Readonly<Record<string, unknown>>;

/** A push as decoded by an independent client. */
export interface ReadPush {
  readonly tick: number;
  readonly dueNs: bigint;
  readonly writtenNs: bigint;
  readonly clock: number;
  readonly holds: boolean;
  readonly isMarked: boolean;
}

/** Decodes a message's header and verifies its check. */
export function readPush(message: Buffer): ReadPush {
  const tick = message.readUInt32BE(4);
  const dueNs = message.readBigUInt64BE(8);
  const clock = message[3]!;
  const check = checkOf({ tick, dueNs, group: message.readUInt32BE(24), clock: clock as 0 | 1 });
  const isMarked = message.readUInt16BE(0) === 0x4846;
  return {
    tick,
    dueNs,
    clock,
    writtenNs: message.readBigUInt64BE(16),
    holds: check === message.readUInt32BE(28),
    isMarked,
  };
}

/** Reads an account file. */
export function readAccount(path: string): Fact[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Fact);
}

/** Waits up to five seconds until the condition holds. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`expected within 5 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A WebSocket client that records what it receives. */
export class Listener {
  readonly socket: WebSocket;
  readonly pushes: ReadPush[] = [];
  pings = 0;
  pongs = 0;
  isOpen = false;
  /** The close code; null while open; 1006 without a close frame. */
  closeCode: number | null = null;
  error = "";

  constructor(url: string) {
    this.socket = new WebSocket(url, { perMessageDeflate: false });
    this.socket.on("open", () => {
      this.isOpen = true;
      // ws does not report resets.
      const { _socket } = this.socket as unknown as { _socket: Socket };
      _socket.on("error", (error) => {
        this.error = error.message;
      });
    });
    this.socket.on("message", (data) => this.pushes.push(readPush(data as Buffer)));
    this.socket.on("ping", () => this.pings++);
    this.socket.on("pong", () => this.pongs++);
    this.socket.on("error", (error) => {
      this.error = error.message;
    });
    this.socket.on("close", (code) => {
      this.closeCode = code;
    });
  }

  get ticks(): number[] {
    return this.pushes.map((push) => push.tick);
  }
}

/** A raw socket that records every byte. */
export class RawClient {
  readonly socket: Socket;
  bytes: Buffer = Buffer.alloc(0);
  hasEnded = false;
  error = "";

  constructor(port: number, first: string) {
    this.socket = connect(port, "127.0.0.1", () => this.socket.write(first, "latin1"));
    this.socket.on("data", (chunk: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
    });
    this.socket.on("end", () => {
      this.hasEnded = true;
    });
    this.socket.on("error", (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message;
    });
  }

  get text(): string {
    return this.bytes.toString("latin1");
  }
}

/** An upgrade request as bytes, with the key of RFC 6455, section 1.3. */
export function upgradeText(query: string): string {
  const key = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==";
  return `GET /push?${query} HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: Upgrade\r\n${key}\r\nsec-websocket-version: 13\r\n\r\n`;
}

/** A server with a fault script, and clients for it. */
export class Rig {
  readonly server: RehearsalServer;
  readonly #directory = mkdtempSync(join(tmpdir(), "rehearsal-"));
  readonly #listeners: Listener[] = [];
  readonly #raw: RawClient[] = [];
  #isOver = false;
  port = 0;
  tcpPort = 0;

  constructor(script: string) {
    this.server = new RehearsalServer({
      host: "127.0.0.1",
      port: 0,
      tcpPort: 0,
      script: readScript(script),
      accountPath: this.#accountPath,
    });
  }

  /** Starts a server with this script. */
  static async start(script: string): Promise<Rig> {
    const rig = new Rig(script);
    Object.assign(rig, await rig.server.start());
    // A test that failed before requesting the account must not keep its process alive.
    setTimeout(() => rig.#isOver || rig.account(), 15_000).unref();
    return rig;
  }

  get #accountPath(): string {
    return join(this.#directory, "account.ndjson");
  }

  /** Opens WebSockets one after another, so that their order is known; does not wait for those expected to fail. */
  async open(count: number, query = "intervalMs=40"): Promise<Listener[]> {
    const opened: Listener[] = [];
    for (let each = 0; each < count; each++) {
      const listener = new Listener(`ws://127.0.0.1:${this.port}/push?${query}`);
      this.#listeners.push(listener);
      opened.push(listener);
      await until(() => listener.isOpen || listener.closeCode !== null, `connection ${each} opened or refused`);
    }
    return opened;
  }

  raw(first: string, port = this.port): RawClient {
    const client = new RawClient(port, first);
    this.#raw.push(client);
    return client;
  }

  /** Stops the server and returns its complete account. */
  async account(): Promise<Fact[]> {
    this.#isOver = true;
    await this.server.stop();
    for (const listener of this.#listeners) listener.socket.terminate();
    for (const client of this.#raw) client.socket.destroy();
    const facts = readAccount(this.#accountPath);
    rmSync(this.#directory, { recursive: true });
    return facts;
  }
}

/** The facts of one kind. */
export function of(facts: readonly Fact[], what: string): Fact[] {
  return facts.filter((fact) => fact.what === what);
}

/** Sum of a figure over all tick lines. */
export function ticksSum(facts: readonly Fact[], name: string): number {
  return of(facts, "tick").reduce((sum, fact) => sum + ((fact[name] as number | undefined) ?? 0), 0);
}
