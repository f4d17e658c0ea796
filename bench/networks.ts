/**
 * Several networks of their own on this machine, and an address that means the same place in each. Needs root and
 * iproute2.
 */
import { ip, Network } from "../clients/run/testing/network.ts";

export class Networks {
  /** An address that every network, ours too, has for itself: what is served there is reached from within alone. */
  readonly own: string;
  /** An address that leads to ours from every network: what is served there is one for all. */
  readonly shared: string;
  readonly each: Network[] = [];

  /** Throws what `ip` said where this may not be; nothing is left then. */
  constructor(count: number) {
    const subnet = `10.${200 + (process.pid % 50)}`;
    this.own = `${subnet}.0.1`;
    this.shared = `${subnet}.0.2`;
    try {
      for (const address of [this.own, this.shared]) ip("addr", "add", `${address}/32`, "dev", "lo");
      for (let index = 0; index < count; index++) {
        const network = new Network(`n${index}`, `${subnet}.${index + 1}`);
        this.each.push(network);
        network.ip("addr", "add", `${this.own}/32`, "dev", "lo");
        network.ip("route", "add", `${this.shared}/32`, "via", network.near);
      }
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  remove(): void {
    for (const network of this.each.splice(0)) network.remove();
    for (const address of [this.own, this.shared]) {
      try {
        ip("addr", "del", `${address}/32`, "dev", "lo");
      } catch {
        // It was never added.
      }
    }
  }
}
