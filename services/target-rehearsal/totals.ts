/** Outcomes of pushes. `due = written + dropped + silent + abandoned`, exactly, once no tick is pending. */
export interface PushTotals {
  ticks: number;
  due: number;
  written: number;
  dropped: number;
  /** Due on a connection that a fault made half-open. */
  silent: number;
  /** Due on a connection that ended before a delayed or held push could be written. */
  abandoned: number;
  /** Copies written in addition to the first. */
  duplicated: number;
  reordered: number;
  corrupted: number;
  delayed: number;
  unstamped: number;
  fragmented: number;
  split: number;
  coalesced: number;
}

type Counts = Record<string, number>;

/** Running totals, kept with or without an account file. */
export class Totals {
  accepted = 0;
  attempts = 0;
  opened = 0;
  open = 0;
  peak = 0;
  overflows = 0;
  leakedBytes = 0;
  pings = { received: 0, answered: 0, ignored: 0, delayed: 0, sent: 0, pongsReceived: 0 };
  requests = 0;
  readonly refused: Counts = {};
  readonly closedByServer: Counts = {};
  readonly closedByClient: Counts = {};
  readonly closeCodes: Counts = {};
  readonly requestFaults: Counts = {};
  /** Conversations: messages received by kind, and their outcomes. */
  readonly talk: Counts = {};
  /** `POST /stream`: number of requests, outcomes, and events written. */
  readonly streams: Counts = {};
  readonly openBy = { websocket: 0, sse: 0, tcp: 0, mqtt: 0, "mqtt-3.1.1": 0 };
  readonly pushes: PushTotals = {
    ticks: 0,
    due: 0,
    written: 0,
    dropped: 0,
    silent: 0,
    abandoned: 0,
    duplicated: 0,
    reordered: 0,
    corrupted: 0,
    delayed: 0,
    unstamped: 0,
    fragmented: 0,
    split: 0,
    coalesced: 0,
  };

  /** Increments a count by name. */
  static count(counts: Counts, name: string): void {
    counts[name] = (counts[name] ?? 0) + 1;
  }
}
