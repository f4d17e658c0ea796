/** Networks of their own on this machine (network_namespaces(7)), each joined to ours by a cable (veth(4)). Needs root and iproute2. */
import { execFileSync } from "node:child_process";

const ip = (...words: string[]): void => void execFileSync("ip", words, { stdio: "pipe", timeout: 5000 });

export class Networks {
  /** An address that every network, ours too, has for itself: what is served there is reached from within alone. */
  readonly own: string;
  readonly #names: string[] = [];
  readonly #subnet: string;

  /** Throws what `ip` said where this may not be; nothing is left then. */
  constructor(count: number) {
    this.#subnet = `10.${200 + (process.pid % 50)}`;
    this.own = `${this.#subnet}.0.1`;
    try {
      ip("addr", "add", `${this.own}/32`, "dev", "lo");
      for (let index = 0; index < count; index++) this.#add(index);
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  #add(index: number): void {
    const name = `holdfast-${process.pid}-${index}`;
    const cable = `hf${process.pid}n${index}`;
    ip("netns", "add", name);
    this.#names.push(name);
    ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name);
    ip("addr", "add", `${this.near(index)}/30`, "dev", cable);
    ip("link", "set", cable, "up");
    ip("-n", name, "addr", "add", `${this.#subnet}.${index + 1}.2/30`, "dev", "eth0");
    for (const device of ["eth0", "lo"]) ip("-n", name, "link", "set", device, "up");
    ip("-n", name, "addr", "add", `${this.own}/32`, "dev", "lo");
  }

  /** Our end of a network's cable, as an address it reaches. */
  near(index: number): string {
    return `${this.#subnet}.${index + 1}.1`;
  }

  /** A command that runs another one within a network. */
  within(index: number, command: readonly string[]): string[] {
    return ["ip", "netns", "exec", this.#names[index]!, ...command];
  }

  /** Cables go with their networks. */
  remove(): void {
    for (const name of this.#names.splice(0)) ip("netns", "del", name);
    try {
      ip("addr", "del", `${this.own}/32`, "dev", "lo");
    } catch {
      // It was never added.
    }
  }
}
