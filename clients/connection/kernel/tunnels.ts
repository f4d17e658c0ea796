/** Tunnels requested from proxies: which slots await an answer, and the part of it received so far. */
import type { CauseCode } from "../../measure/cause.ts";
import type { EngineOptions } from "../engine.ts";
import { tunnelAnswer, tunnelRequest } from "../proxy.ts";

export class Tunnels {
  /** Request by endpoint; null for endpoints dialled directly. */
  readonly #requests: (Uint8Array | null)[];
  /** Received parts of pending answers. */
  readonly #waiting = new Map<number, Buffer>();
  /** Why the last {@link take} that returned -1 failed; "" when more of the answer is needed. */
  problem: CauseCode = "";

  constructor({ endpoints }: EngineOptions) {
    this.#requests = endpoints.map((endpoint) => (endpoint.proxy === undefined ? null : tunnelRequest(endpoint)));
  }

  /** Whether a slot's connections go through a proxy. */
  has(slot: number): boolean {
    return this.#requests[slot % this.#requests.length] !== null;
  }

  /** Whether a slot awaits the proxy's answer. */
  isAsked(slot: number): boolean {
    return this.#waiting.size > 0 && this.#waiting.has(slot);
  }

  /** The request to send once TCP is connected; null where the slot needs no tunnel. */
  ask(slot: number): Uint8Array | null {
    const request = this.#requests[slot % this.#requests.length]!;
    if (request !== null) this.#waiting.set(slot, Buffer.alloc(0));
    return request;
  }

  /**
   * Handles received bytes. Once the tunnel is established, returns how many bytes from the target follow the answer,
   * moved to the front of `bytes`; -1 when it is not established: {@link problem} says why.
   */
  take(slot: number, bytes: Buffer, length: number): number {
    const before = this.#waiting.get(slot)!;
    const all = Buffer.concat([before, bytes.subarray(0, length)]);
    const answer = tunnelAnswer(all);
    this.problem = "";
    if (typeof answer === "number") {
      this.#waiting.delete(slot);
      bytes.copy(bytes, 0, length - (all.length - answer), length);
      return all.length - answer;
    }
    if (answer === null) this.#waiting.set(slot, all);
    else this.problem = answer.code;
    return -1;
  }

  drop(slot: number): void {
    this.#waiting.delete(slot);
  }
}
