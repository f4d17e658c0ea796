import type { Socket } from "node:net";

/** Owner of a socket's input: requests first, then a session, or nobody. */
export interface Owner {
  data(chunk: Buffer): void;
  /** The client ended its side. */
  ended(): void;
  /** The socket failed: reset by the client, or gone. */
  failed(): void;
}

/** An accepted socket and its owner. Listeners are attached once; owners change. */
export class Wire {
  readonly socket: Socket;
  readonly peer: string;
  owner: Owner;

  constructor(socket: Socket) {
    this.socket = socket;
    this.peer = `${socket.remoteAddress}:${socket.remotePort}`;
    this.owner = new Nobody(socket);
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.owner.data(chunk));
    socket.on("end", () => this.owner.ended());
    socket.on("error", () => this.owner.failed());
    socket.on("close", () => this.owner.failed());
  }

  /** Leaves the socket open and unanswered until the client ends it. */
  abandon(): void {
    this.owner = new Nobody(this.socket);
  }
}

/** Ignores input and ends when the client does. */
class Nobody implements Owner {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  data(): void {}

  ended(): void {
    this.#socket.end();
  }

  failed(): void {}
}
