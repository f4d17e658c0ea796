/** A timer for any length of time: Node's own count milliseconds in 31 bits, and take 25 days for 1 ms. */
const longestMs = 2 ** 30;

export class Alarm {
  readonly #act: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** Calls back once `waitMs` have gone by. */
  constructor(waitMs: number, act: () => void) {
    this.#act = act;
    this.#wait(waitMs);
  }

  #wait(leftMs: number): void {
    if (leftMs <= longestMs) this.#timer = setTimeout(this.#act, leftMs);
    else this.#timer = setTimeout(() => this.#wait(leftMs - longestMs), longestMs);
  }

  /** Never calls back; does nothing when it has. */
  cancel(): void {
    clearTimeout(this.#timer);
  }
}
