import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { monotonicNs } from "../clock.ts";
import type { TlsFiles } from "../tls-files.ts";
import { type CloseCode, endOnClose, ignoreError, PushConnection } from "./push-connection.ts";
import type { PushHub } from "./push-hub.ts";
import { parsePushQuery } from "./push-query.ts";

const lengthBytes = 4;
const opened = Buffer.alloc(lengthBytes);
const longestLine = 1024;
const lineTimeoutMs = 10_000;

class RawConnection extends PushConnection {
  readonly protocol = "tcp";
  readonly #socket: Socket;
  readonly #length: Buffer;

  constructor(socket: Socket, messageBytes: number) {
    super();
    this.#socket = socket;
    this.#length = Buffer.allocUnsafe(lengthBytes);
    this.#length.writeUInt32BE(messageBytes);
  }

  unsentBytes(): number {
    return this.#socket.writableLength;
  }

  frameBytes(messageBytes: number): number {
    return lengthBytes + messageBytes;
  }

  send(message: Buffer): void {
    this.#socket.cork();
    this.#socket.write(this.#length);
    this.#socket.write(message);
    this.#socket.uncork();
  }

  close(code: CloseCode): void {
    if (code === 1013) this.destroy();
    else this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** The raw TCP side, not listening yet. */
export function createRawServer(hub: PushHub, tls: TlsFiles | null = null): Server {
  const accept = (socket: Socket) => readQueryLine(socket, (line) => open(socket, line, hub));
  return tls === null ? createServer({ noDelay: true }, accept) : createTlsServer({ noDelay: true, ...tls }, accept);
}

/** Reads up to the first line ending, within limits of time and length; afterwards all input is discarded. */
function readQueryLine(socket: Socket, onLine: (line: string) => void): void {
  let text = "";
  const onData = (chunk: Buffer) => {
    text += chunk.toString("latin1");
    const end = text.indexOf("\n");
    if (end === -1 ? text.length >= longestLine : end >= longestLine) socket.destroy();
    if (end === -1 || socket.destroyed) return;
    socket.off("data", onData);
    socket.off("timeout", destroySocket);
    socket.setTimeout(0);
    socket.resume();
    onLine(text.slice(0, end).replace(/\r$/, ""));
  };
  socket.on("error", ignoreError);
  socket.on("data", onData);
  socket.setTimeout(lineTimeoutMs);
  socket.on("timeout", destroySocket);
}

function destroySocket(this: Socket): void {
  this.destroy();
}

function open(socket: Socket, line: string, hub: PushHub): void {
  const query = parsePushQuery(line);
  if ("error" in query || hub.closing) {
    socket.destroy();
    return;
  }
  const sinceNs = monotonicNs();
  socket.write(opened);
  const connection = new RawConnection(socket, query.bytes);
  endOnClose(socket, connection, hub.remove);
  hub.add(connection, query, sinceNs);
}
