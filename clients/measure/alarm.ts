/** A timer without Node's limit: setTimeout counts milliseconds in 31 bits and treats longer waits as 1 ms. */
const longestMs = 2 ** 30;

export class Alarm {
  readonly #act: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** Calls `act` once `waitMs` have passed. */
  constructor(waitMs: number, act: () => void) {
    this.#act = act;
    this.#wait(waitMs);
  }

  #wait(leftMs: number): void {
    if (leftMs <= longestMs) this.#timer = setTimeout(this.#act, leftMs);
    else this.#timer = setTimeout(() => this.#wait(leftMs - longestMs), longestMs);
  }

  /** Cancels the call; does nothing if it has been made. */
  cancel(): void {
    clearTimeout(this.#timer);
  }
}
