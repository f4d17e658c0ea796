/** For tests: an engine whose sink records its events, run until something is seen. */
import type { CauseCode } from "../../measure/cause.ts";
import type {
  ConnectionSink,
  Endpoint,
  Engine,
  EngineOptions,
  ProtocolName,
  StampKind,
  TlsSession,
} from "../engine.ts";
import { makeEngine } from "../make-engine.ts";

export interface Told {
  what: "opened" | "refused" | "message" | "pong" | "closed";
  slot: number;
  cause: string;
  code: CauseCode;
  detail: string;
  /** Bytes of a message. */
  bytes: Buffer;
  atNs: number;
  readNs: number;
  stamp: StampKind;
  /** Opened: when it started, and when TCP was connected. Pong: the round trip. */
  startedNs: number;
  tcpNs: number;
}

export interface TrialKind {
  title: string;
  name: Engine["name"];
  compression: boolean;
  /** The server uses TLS. */
  tls: boolean;
}

/** The engines on this system that must satisfy the same contract. */
export const trialKinds: readonly TrialKind[] = [
  ...(process.platform === "linux"
    ? [
        { title: "kernel", name: "kernel" as const, compression: false, tls: false },
        { title: "kernel with compression", name: "kernel" as const, compression: true, tls: false },
        { title: "kernel over TLS", name: "kernel" as const, compression: false, tls: true },
      ]
    : []),
  { title: "portable", name: "portable", compression: false, tls: false },
  { title: "portable over TLS", name: "portable", compression: false, tls: true },
  { title: "portable with compression", name: "portable", compression: true, tls: false },
];

/** Longest wait in a test, milliseconds. */
const longestWaitMs = 20_000;
const nothing = {
  cause: "",
  code: 0,
  detail: "",
  bytes: Buffer.alloc(0),
  atNs: 0,
  readNs: 0,
  stamp: 2 as StampKind,
  startedNs: 0,
  tcpNs: 0,
};

export class EngineTrial implements ConnectionSink {
  readonly told: Told[] = [];
  /** What each TLS handshake agreed on, in order. */
  readonly sessions: TlsSession[] = [];
  engine!: Engine;
  /** Called for every event, from within the engine. */
  onTold: (told: Told) => void = () => {};

  static async make(name: Engine["name"], options: EngineOptions): Promise<EngineTrial> {
    const trial = new EngineTrial();
    trial.engine = await makeEngine(name, options, trial);
    return trial;
  }

  #tell(what: Told["what"], slot: number, more: Partial<Told>): void {
    const told = { ...nothing, ...more, what, slot };
    this.told.push(told);
    this.onTold(told);
  }

  secured(_slot: number, _handshakeNs: number, session: TlsSession): void {
    this.sessions.push(session);
  }

  opened(slot: number, startedNs: number, tcpNs: number, atNs: number): void {
    this.#tell("opened", slot, { startedNs, tcpNs, atNs });
  }

  refused(slot: number, cause: string, code: CauseCode, atNs: number, detail: string): void {
    this.#tell("refused", slot, { cause, code, atNs, detail });
  }

  message(
    slot: number,
    bytes: Buffer,
    start: number,
    end: number,
    atNs: number,
    readNs: number,
    stamp: StampKind,
  ): void {
    this.#tell("message", slot, { bytes: Buffer.from(bytes.subarray(start, end)), atNs, readNs, stamp });
  }

  pong(slot: number, roundTripNs: number): void {
    this.#tell("pong", slot, { atNs: roundTripNs });
  }

  closed(slot: number, cause: string, code: CauseCode, atNs: number, detail: string): void {
    this.#tell("closed", slot, { cause, code, atNs, detail });
  }

  of(what: Told["what"], slot?: number): Told[] {
    return this.told.filter((told) => told.what === what && (slot === undefined || told.slot === slot));
  }

  /** Runs the engine until the condition holds. */
  async until(isSo: () => boolean, what: string): Promise<void> {
    const end = performance.now() + longestWaitMs;
    while (!isSo()) {
      if (performance.now() > end) {
        this.engine.dispose();
        throw new Error(
          `never saw ${what}; told: ${this.told.map((t) => `${t.what} ${t.slot} ${t.cause} ${t.code}`).join(", ")}`,
        );
      }
      await this.engine.turn(2);
      this.engine.expire();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Runs until a slot had this event the given number of times, and returns the last. */
  async saw(what: Told["what"], slot = 0, times = 1): Promise<Told> {
    await this.until(() => this.of(what, slot).length >= times, `${what} of slot ${slot}`);
    return this.of(what, slot).at(-1)!;
  }
}

export function localEndpoint(port: number, more: Partial<Endpoint> = {}): Endpoint {
  return { host: "127.0.0.1", address: "127.0.0.1", family: 4, port, path: "/push", tls: false, ...more };
}

/** Options with generous deadlines; a test that needs a deadline sets it. */
export function trialOptions(
  protocol: ProtocolName,
  endpoints: Endpoint[],
  more: Partial<EngineOptions> = {},
): EngineOptions {
  return {
    protocol,
    slots: 1,
    endpoints,
    sources: [],
    headers: {},
    subprotocols: [],
    firstMessage: null,
    connectTimeoutMs: 60_000,
    upgradeTimeoutMs: 60_000,
    closeTimeoutMs: 60_000,
    maxMessageBytes: 1_048_576,
    slowSlots: 0,
    slowReceiveBufferBytes: 4096,
    tls: { insecure: true },
    compression: false,
    ...more,
  };
}
