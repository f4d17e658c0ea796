/**
 * A separate network on this machine (network_namespaces(7)), connected by a virtual cable (veth(4)). Needs root and
 * iproute2.
 */
import { execFileSync } from "node:child_process";

/** Runs ip(8). Throws its output on failure. */
export const ip = (...words: string[]): void => void execFileSync("ip", words, { stdio: "pipe", timeout: 5000 });

export class Network {
  readonly #name: string;
  /** Addresses of both ends of the cable: ours, and the network's. */
  readonly near: string;
  readonly far: string;

  /**
   * `label`: a few letters or digits, unique per network. `subnet`: three bytes, "10.213.7". Throws the output of `ip`
   * when it is not permitted, leaving nothing behind.
   */
  constructor(label: string, subnet: string) {
    this.#name = `holdfast-${process.pid}-${label}`;
    this.near = `${subnet}.1`;
    this.far = `${subnet}.2`;
    const cable = `hf${process.pid}${label}`;
    ip("netns", "add", this.#name);
    try {
      ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", this.#name);
      ip("addr", "add", `${this.near}/30`, "dev", cable);
      ip("link", "set", cable, "up");
      this.ip("addr", "add", `${this.far}/30`, "dev", "eth0");
      for (const device of ["eth0", "lo"]) this.ip("link", "set", device, "up");
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** Runs ip(8) on the network's devices and routes. */
  ip(...words: string[]): void {
    ip("-n", this.#name, ...words);
  }

  /** Wraps a command so that it runs within the network. */
  within(command: readonly string[]): string[] {
    return ["ip", "netns", "exec", this.#name, ...command];
  }

  /** Removing the network removes the cable. */
  remove(): void {
    ip("netns", "del", this.#name);
  }
}
