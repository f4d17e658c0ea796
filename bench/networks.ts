/** Several separate networks on this machine, and an address with the same meaning in each. Needs root and iproute2. */
import { ip, Network } from "../clients/run/testing/network.ts";

export class Networks {
  /** An address that exists in every network, including ours: servers on it are reachable only from within. */
  readonly own: string;
  /** An address that leads to our network from all of them: servers on it are shared. */
  readonly shared: string;
  readonly each: Network[] = [];

  /** Throws the output of `ip` without permission, leaving nothing behind. */
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
