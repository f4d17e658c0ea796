/** What became of the pushes. `due = written + dropped + silent + abandoned`, exactly, once no tick is under way. */
export interface PushTotals {
  ticks: number;
  due: number;
  written: number;
  dropped: number;
  /** Due on a connection that a fault made half-open. */
  silent: number;
  /** Due on a connection that ended before a delayed or held push could be written. */
  abandoned: number;
  /** Copies written beyond the first. */
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

/** Running totals, kept whether or not there is an account file. */
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
  /** Of conversations: what came, by kind, and what became of it. */
  readonly talk: Counts = {};
  /** Of `POST /stream`: how many were asked for, how they ended, and the events written. */
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

  /** Adds one to a count by name. */
  static count(counts: Counts, name: string): void {
    counts[name] = (counts[name] ?? 0) + 1;
  }
}
