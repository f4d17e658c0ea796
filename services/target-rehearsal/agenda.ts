import { monotonicNs } from "./clock.ts";

interface Entry {
  readonly atNs: number;
  readonly order: number;
  readonly action: () => void;
}

/**
 * How close to a due instant the timer wakes us; from there on the loop runs without sleeping. A timer may fire up to 1
 * ms late.
 */
const nearNs = 3_000_000;
/** Within this time of a due instant, not even the sockets are served. */
const spinNs = 500_000;

const isBefore = (a: Entry, b: Entry): boolean => a.atNs < b.atNs || (a.atNs === b.atNs && a.order < b.order);

/**
 * Everything the server will do later, in one heap behind one timer, executed with a precision well below a
 * millisecond.
 */
export class Agenda {
  #heap: Entry[] = [];
  #order = 0;
  #timer: NodeJS.Timeout | null = null;
  #immediate: NodeJS.Immediate | null = null;
  #armedForNs = Number.POSITIVE_INFINITY;
  #stopped = false;

  /** Schedules an action at a monotonic instant; if that has passed, it runs in the next loop iteration. */
  at(atNs: number, action: () => void): void {
    if (this.#stopped) return;
    this.#push({ atNs, order: this.#order++, action });
    if (atNs < this.#armedForNs) this.#arm();
  }

  /** Drops all actions. */
  stop(): void {
    this.#stopped = true;
    this.#heap = [];
    this.#disarm();
  }

  #disarm(): void {
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#immediate) clearImmediate(this.#immediate);
    this.#timer = this.#immediate = null;
    this.#armedForNs = Number.POSITIVE_INFINITY;
  }

  #arm(): void {
    this.#disarm();
    const head = this.#heap[0];
    if (!head) return;
    this.#armedForNs = head.atNs;
    const remainingNs = head.atNs - monotonicNs();
    if (remainingNs > nearNs)
      this.#timer = setTimeout(this.#run, Math.max(1, Math.floor((remainingNs - nearNs) / 1e6)));
    else this.#immediate = setImmediate(this.#run);
  }

  /**
   * Runs what is due now. Actions added meanwhile for past instants wait for the next iteration, so that sockets get
   * their share.
   */
  #run = (): void => {
    this.#disarm();
    const head = this.#heap[0];
    if (!head) return;
    let now = monotonicNs();
    if (head.atNs - now < spinNs) while (now < head.atNs) now = monotonicNs();
    const known = this.#order;
    const later: Entry[] = [];
    for (let entry = this.#heap[0]; entry && entry.atNs <= now; entry = this.#heap[0]) {
      this.#pop();
      if (entry.order < known) entry.action();
      else later.push(entry);
    }
    for (const entry of later) this.#push(entry);
    this.#arm();
  };

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}
