import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { type SecureContext, TLSSocket } from "node:tls";
import { type AlertName, fatalAlert, plainRecord, recordType, TlsSender } from "./tls-sender.ts";

/** Where a handshake is interrupted: after our ServerHello, or after the client's Finished. */
export type Step = "server-hello" | "finished";

/** Modifications of a handshake and of its connection. */
export interface Staging {
  /** From this step on, nothing is sent except possibly the alert. */
  readonly strike?: { readonly step: Step; readonly alert: AlertName | null } | undefined;
  /** Longest records we send, bytes. */
  readonly recordBytes?: number | undefined;
  /** Updates the keys before each write; `asks`: also the client's. */
  readonly keyUpdate?: { readonly asks: boolean } | undefined;
}

/** A secured socket that can send what Node cannot. */
export interface StagedSocket extends TLSSocket {
  /** Sends a fatal alert and ends the stream. */
  sendAlert(name: AlertName): void;
}

const headBytes = 5;

/** Splits a stream of records at their boundaries. */
class Records {
  #rest: Buffer = Buffer.alloc(0);

  *take(bytes: Buffer): Generator<Buffer> {
    let left = Buffer.concat([this.#rest, bytes]);
    while (left.length >= headBytes && left.length >= headBytes + left.readUInt16BE(3)) {
      const length = headBytes + left.readUInt16BE(3);
      yield left.subarray(0, length);
      left = left.subarray(length);
    }
    this.#rest = left;
  }
}

/**
 * Sits between the socket and Node's TLS: sees every record, holds back those of an interrupted step, and knows the
 * secrets needed to send its own.
 */
export class StagedHandshake extends Duplex {
  readonly #raw: Socket;
  readonly #staging: Staging;
  readonly #onStruck: () => void;
  readonly #fromClient = new Records();
  readonly #fromServer = new Records();
  readonly #secrets = new Map<string, Buffer>();
  /** Records sent under the application data secret. */
  #sent = 0;
  #hasAnswered = false;
  #isFinished = false;
  #isStruck = false;
  #sender: TlsSender | null = null;
  #socket: TLSSocket | null = null;

  constructor(raw: Socket, staging: Staging, onStruck: () => void) {
    super({ allowHalfOpen: true });
    this.#raw = raw;
    this.#staging = staging;
    this.#onStruck = onStruck;
    raw.on("data", (bytes: Buffer) => this.#heard(bytes));
    raw.on("end", () => this.push(null));
    raw.on("error", (error) => this.destroy(error));
    raw.on("close", () => this.destroy());
    raw.resume();
  }

  /** Starts the handshake; calls back with the secured socket, or on failure. */
  begin(secureContext: SecureContext, onSecured: (socket: StagedSocket) => void, onFailed: () => void): void {
    const socket = new TLSSocket(this as unknown as Socket, {
      isServer: true,
      secureContext,
      // In wire format: a name with a length prefix.
      ALPNProtocols: Buffer.from("\x08http/1.1") as unknown as string[],
    });
    this.#socket = socket;
    const { remoteAddress, remotePort } = this.#raw;
    Object.defineProperties(socket, { remoteAddress: { value: remoteAddress }, remotePort: { value: remotePort } });
    socket.on("keylog", (line: Buffer) => this.#learn(line.toString("latin1")));
    // Node also emits "_tlsError" after a handshake that was interrupted here, and on a connection that stood.
    let isOver = false;
    const over = (then: () => void): void => {
      if (!isOver && !this.#isStruck) then();
      isOver = true;
    };
    socket.on("error", () => {}).once("_tlsError", () => over(onFailed));
    socket.once("secure", () => over(() => onSecured(this.#staged(socket))));
  }

  #learn(line: string): void {
    const [label = "", , secret = ""] = line.trim().split(" ");
    this.#secrets.set(label, Buffer.from(secret, "hex"));
  }

  #heard(bytes: Buffer): void {
    for (const record of this.#fromClient.take(bytes)) {
      if (this.#hasAnswered && !this.#isFinished && record[0] !== 20) {
        this.#isFinished = true;
        if (this.#strikes("finished")) this.#strike("SERVER_TRAFFIC_SECRET_0");
      }
      if (!this.#isStruck) this.push(record);
    }
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const out: Buffer[] = [];
    for (const record of this.#fromServer.take(bytes)) {
      if (this.#isStruck || this.#sender !== null) break;
      out.push(record);
      this.#hasAnswered = true;
      if (this.#isFinished && record[0] === recordType.data) this.#sent++;
      if (this.#strikes("server-hello")) {
        this.#raw.write(Buffer.concat(out.splice(0)));
        this.#strike("SERVER_HANDSHAKE_TRAFFIC_SECRET");
      }
    }
    if (out.length > 0 && !this.#raw.destroyed) this.#raw.write(Buffer.concat(out), () => done());
    else done();
  }

  override _final(done: () => void): void {
    if (!this.#isStruck && this.#sender === null) this.#raw.end();
    done();
  }

  #strikes(step: Step): boolean {
    return !this.#isStruck && this.#staging.strike?.step === step;
  }

  /** Sends nothing more from Node. An alert is encrypted with the keys of the step; TLS 1.2 has none yet. */
  #strike(secretName: string): void {
    this.#isStruck = true;
    const alert = this.#staging.strike?.alert ?? null;
    if (alert !== null) {
      const secret = this.#secrets.get(secretName);
      this.#raw.end(
        secret === undefined
          ? plainRecord(recordType.alert, fatalAlert(alert))
          : new TlsSender(this.#suite(), secret, 0).alert(alert),
      );
    }
    this.#onStruck();
  }

  #suite(): string {
    return this.#socket?.getCipher()?.standardName ?? "";
  }

  /** The secured socket, with its send methods replaced by ours once everything from Node is sent. */
  #staged(socket: TLSSocket): StagedSocket {
    const { recordBytes, keyUpdate } = this.#staging;
    const secret = this.#secrets.get("SERVER_TRAFFIC_SECRET_0");
    const waiting: (() => void)[] = [];
    const whenOurs = (send: () => void): void => void (this.#sender === null ? waiting.push(send) : send());
    const put = (bytes: Buffer): void => {
      if (!this.#raw.destroyed) this.#raw.write(bytes);
    };
    // Node sends its tickets in the same iteration in which it reports the handshake.
    setImmediate(() => {
      if (secret === undefined) return void socket.destroy();
      this.#sender = new TlsSender(this.#suite(), secret, this.#sent);
      for (const send of waiting.splice(0)) send();
    });
    const write = (given: unknown): boolean => {
      const bytes = Buffer.from(given as string);
      whenOurs(() => {
        const sender = this.#sender!;
        if (keyUpdate !== undefined) put(sender.updateKeys(keyUpdate.asks));
        put(sender.data(bytes, recordBytes));
      });
      return true;
    };
    const end = (given?: unknown): TLSSocket => {
      if (typeof given === "string" || Buffer.isBuffer(given)) write(given);
      whenOurs(() => {
        put(this.#sender!.farewell());
        this.#raw.end();
      });
      return socket;
    };
    const sendAlert = (name: AlertName): void =>
      whenOurs(() => {
        put(this.#sender!.alert(name));
        this.#raw.end();
      });
    return Object.assign(socket, { write, end, sendAlert }) as unknown as StagedSocket;
  }
}
