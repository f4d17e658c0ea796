import { type PushQuery, readQuery } from "../push/query.ts";
import type { Owner, Wire } from "../wire.ts";
import type { Upgrader } from "./upgrade.ts";

const longestLineBytes = 1024;

/**
 * Waits for the line a raw TCP client sends, and requests the pushes it specifies. An invalid line closes the socket.
 */
export class TcpLine implements Owner {
  readonly #wire: Wire;
  readonly #upgrader: Upgrader;
  #line: Buffer = Buffer.alloc(0);

  constructor(wire: Wire, upgrader: Upgrader) {
    this.#wire = wire;
    this.#upgrader = upgrader;
  }

  data(chunk: Buffer): void {
    this.#line = this.#line.length > 0 ? Buffer.concat([this.#line, chunk]) : chunk;
    const end = this.#line.indexOf(10);
    if (end < 0 && this.#line.length <= longestLineBytes) return;
    let query: PushQuery;
    try {
      if (end < 0) throw new RangeError(`expected a line of at most ${longestLineBytes} bytes`);
      query = readQuery(this.#line.toString("latin1", 0, end).trim());
    } catch {
      this.#wire.abandon();
      this.#wire.socket.end();
      return;
    }
    this.#upgrader.answer({
      wire: this.#wire,
      leftover: this.#line.subarray(end + 1),
      query,
      protocol: "tcp",
      webSocketKey: "",
    });
  }

  ended(): void {
    this.#wire.socket.end();
  }

  failed(): void {}
}
