/** Lets a loop sleep until something happened. One waiter, no listener or timer a connection. */
export class Doorbell {
  #wake: (() => void) | null = null;
  #timer: NodeJS.Timeout | null = null;
  #hasRung = false;

  /** Something happened: the waiter goes on once everything that is ready with it was handled. */
  ring(): void {
    if (this.#hasRung) return;
    this.#hasRung = true;
    if (this.#wake !== null) setImmediate(this.#answer);
  }

  /** Resolves after `waitMs`, or in the turn of Node's loop in which the bell has rung. */
  wait(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#hasRung || waitMs <= 0) setImmediate(this.#answer);
      else this.#timer = setTimeout(this.#answer, waitMs);
    });
  }

  readonly #answer = (): void => {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#hasRung = false;
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  };
}
