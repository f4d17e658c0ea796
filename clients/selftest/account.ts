/**
 * Reads the rehearsal target's own account of a run (services/target-rehearsal/README.md): what actually happened, to
 * verify a report against.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What happened to one tick. */
export interface TickFact {
  tick: number;
  dueNs: number;
  connections: number;
  written: number;
  dropped: number;
  silent: number;
  abandoned: number;
  duplicated: number;
  reordered: number;
  corrupted: number;
  firstWrittenNs: number;
  lastWrittenNs: number;
}

/** A connection as seen by the target; `lastTick` infinite: it never ended. */
export interface ConnectionFact {
  firstTick: number;
  lastTick: number;
  /** How the target ended it; null: the client did, or it was not ended. */
  endedBy: string | null;
}

/** A response to an API request, on the target's CLOCK_MONOTONIC. */
export interface AnswerFact {
  /** The target process, and the order in which it read the request, from 0. */
  replica: string;
  request: number;
  /** The connection it arrived on. */
  peer: string;
  path: string;
  readNs: number;
  /** Instants around the write: the kernel accepted the response in between. */
  beforeNs: number;
  afterNs: number;
}

/** An event stream that answered a request; `beforeNs` and `afterNs` are around its last write. */
export interface StreamFact extends AnswerFact {
  end: "complete" | "rejected" | "cut" | "error" | "left";
  /** Every write, including the head and the end mark: instants around it, and the number of events in it. */
  writes: { beforeNs: number; afterNs: number; events: number }[];
}

export interface Account {
  opened: number;
  /** CAUSE -> count, and CAUSE:STATUS -> count. */
  refused: Record<string, number>;
  /** Connections ended by the target, by the client's causes: CAUSE and CAUSE:CODE. */
  ended: Record<string, number>;
  halfOpen: number;
  /** Connections open when the process killed itself; null: it did not. */
  died: number | null;
  connections: Map<string, ConnectionFact>;
  ticks: TickFact[];
  /** Pushes written after a later one: their tick, and the tick they followed. */
  reordered: { tick: number; afterTick: number }[];
  /** With `talk` in the script: its totals, and how often each fault occurred, by its index in the script. */
  talk: Record<string, number>;
  talkFaults: Record<string, number>;
  /** PUBACKs and PUBRECs that were never written. */
  acknowledgementsDropped: number;
  /** PUBACKs and PUBRECs that were written late. */
  acknowledgementsDelayed: number;
  /** With `answers: true` in the script: every response, in the order written. */
  answers: AnswerFact[];
  /** With `answers: true` in the script: every stream, in the order ended. */
  streams: StreamFact[];
}

type Fact = Record<string, unknown> & { what: string };

/** Reads the accounts of all replicas in a run's folder. */
export function readAccount(folder: string): Account {
  const account: Account = {
    opened: 0,
    refused: {},
    ended: {},
    halfOpen: 0,
    died: null,
    connections: new Map(),
    ticks: [],
    reordered: [],
    talk: {},
    talkFaults: {},
    acknowledgementsDropped: 0,
    acknowledgementsDelayed: 0,
    answers: [],
    streams: [],
  };
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => /^account-.*\.ndjson$/.test(file)) : [];
  for (const file of files) {
    for (const line of readFileSync(join(folder, file), "utf8").split("\n")) {
      const fact = parse(line);
      if (fact !== null) take(account, fact, file);
    }
  }
  return account;
}

/** Null for the incomplete line of a killed process. */
function parse(line: string): Fact | null {
  try {
    return line === "" ? null : (JSON.parse(line) as Fact);
  } catch {
    return null;
  }
}

const add = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};

function take(account: Account, fact: Fact, replica: string): void {
  const id = `${replica}:${fact.conn}`;
  switch (fact.what) {
    case "opened":
      account.opened++;
      account.connections.set(id, {
        firstTick: Number(fact.firstTick),
        lastTick: Number.POSITIVE_INFINITY,
        endedBy: null,
      });
      break;
    case "acknowledgement-dropped":
      account.acknowledgementsDropped++;
      break;
    case "acknowledgement-delayed":
      account.acknowledgementsDelayed++;
      break;
    case "refused":
      add(account.refused, String(fact.cause));
      if (fact.status !== undefined) add(account.refused, `${fact.cause}:${fact.status}`);
      break;
    case "closed": {
      const connection = account.connections.get(id);
      if (connection !== undefined) connection.lastTick = Number(fact.lastTick);
      // A half-open connection does not end for its client when the server finally does.
      if (fact.by !== "server" || connection?.endedBy === "half-open") break;
      if (connection !== undefined) connection.endedBy = String(fact.cause);
      add(account.ended, String(fact.cause));
      if (fact.code !== undefined) add(account.ended, `${fact.cause}:${fact.code}`);
      break;
    }
    case "half-open": {
      account.halfOpen++;
      const connection = account.connections.get(id);
      if (connection !== undefined) connection.endedBy = "half-open";
      break;
    }
    case "died":
      account.died = (account.died ?? 0) + Number(fact.open);
      break;
    case "reordered":
      account.reordered.push({ tick: Number(fact.tick), afterTick: Number(fact.afterTick) });
      break;
    case "talk-fault":
      add(account.talkFaults, String(fact.fault));
      break;
    case "summary":
      for (const [name, count] of Object.entries((fact.talk ?? {}) as Record<string, number>))
        account.talk[name] = (account.talk[name] ?? 0) + count;
      break;
    case "answered":
      account.answers.push(answerOf(fact, replica));
      break;
    case "streamed":
      account.streams.push(streamOf(fact, replica));
      break;
    case "tick":
      account.ticks.push(tickOf(fact));
  }
}

function answerOf({ request, peer, path, readNs, beforeNs, t }: Fact, replica: string): AnswerFact {
  return {
    replica,
    request: Number(request),
    peer: String(peer),
    path: String(path),
    readNs: Number(readNs),
    beforeNs: Number(beforeNs),
    afterNs: Number(t),
  };
}

function streamOf({ stream, end, writes, ...fact }: Fact, replica: string): StreamFact {
  const readNs = Number(fact.readNs);
  const written = ((writes ?? []) as [number, number, number][]).map(([before, after, events]) => ({
    beforeNs: readNs + before,
    afterNs: readNs + after,
    events,
  }));
  const { beforeNs = readNs, afterNs = readNs } = written.at(-1) ?? {};
  const answer = answerOf({ ...fact, request: stream, beforeNs, t: afterNs }, replica);
  return { ...answer, end: end as StreamFact["end"], writes: written };
}

function tickOf(fact: Fact): TickFact {
  const count = (name: string): number => Number(fact[name] ?? 0);
  return {
    tick: count("tick"),
    dueNs: count("dueNs"),
    connections: count("connections"),
    written: count("written"),
    dropped: count("dropped"),
    silent: count("silent"),
    abandoned: count("abandoned"),
    duplicated: count("duplicated"),
    reordered: count("reordered"),
    corrupted: count("corrupted"),
    firstWrittenNs: count("firstWrittenNs"),
    lastWrittenNs: count("lastWrittenNs"),
  };
}
