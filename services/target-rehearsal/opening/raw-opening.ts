import type { Owner, Wire } from "../wire.ts";
import { beginsMqtt, MqttOpening } from "./mqtt-opening.ts";
import { TcpLine } from "./tcp-line.ts";
import type { Upgrader } from "./upgrade.ts";

/** A client on the raw TCP port until its first byte shows whether it speaks MQTT or sends a line. */
export class RawOpening implements Owner {
  readonly #wire: Wire;
  readonly #upgrader: Upgrader;

  constructor(wire: Wire, upgrader: Upgrader) {
    this.#wire = wire;
    this.#upgrader = upgrader;
  }

  data(chunk: Buffer): void {
    this.#wire.owner = beginsMqtt(chunk)
      ? new MqttOpening(this.#wire, this.#upgrader)
      : new TcpLine(this.#wire, this.#upgrader);
    this.#wire.owner.data(chunk);
  }

  ended(): void {
    this.#wire.socket.end();
  }

  failed(): void {}
}
