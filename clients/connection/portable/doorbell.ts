/** Lets a loop sleep until something happens. One waiter; no listener or timer per connection. */
export class Doorbell {
  #wake: (() => void) | null = null;
  #timer: NodeJS.Timeout | null = null;
  #hasRung = false;

  /** Wakes the waiter once all events that are ready in the same iteration have been handled. */
  ring(): void {
    if (this.#hasRung) return;
    this.#hasRung = true;
    if (this.#wake !== null) setImmediate(this.#answer);
  }

  /** Resolves after `waitMs`, or in the event loop iteration in which the bell rang. */
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
