/** Tunnels being asked of proxies: which slots wait for an answer, and what came of it so far. */
import type { CauseCode } from "../../measure/cause.ts";
import type { EngineOptions } from "../engine.ts";
import { tunnelAnswer, tunnelRequest } from "../proxy.ts";

export class Tunnels {
  /** Request by endpoint; null where one is dialled itself. */
  readonly #requests: (Uint8Array | null)[];
  /** What came of the answers that are waited for. */
  readonly #waiting = new Map<number, Buffer>();
  /** Why the last {@link take} that returned -1 ended; "" when more of the answer is needed. */
  problem: CauseCode = "";

  constructor({ endpoints }: EngineOptions) {
    this.#requests = endpoints.map((endpoint) => (endpoint.proxy === undefined ? null : tunnelRequest(endpoint)));
  }

  /** Whether a slot's connections go through a proxy. */
  has(slot: number): boolean {
    return this.#requests[slot % this.#requests.length] !== null;
  }

  /** Whether a slot's answer is waited for. */
  isAsked(slot: number): boolean {
    return this.#waiting.size > 0 && this.#waiting.has(slot);
  }

  /** The request to send, once TCP stands; null where the slot needs no tunnel. */
  ask(slot: number): Uint8Array | null {
    const request = this.#requests[slot % this.#requests.length]!;
    if (request !== null) this.#waiting.set(slot, Buffer.alloc(0));
    return request;
  }

  /**
   * Takes what was read. Returns how many bytes of the target's lie behind the answer, moved to the front of `bytes`,
   * when the tunnel stands;
   * -1 when it does not: {@link problem} says why.
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
