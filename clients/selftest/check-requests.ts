/**
 * Verifies the latencies of an API run against the target's account of every response. Pure. Where the account is not
 * exact it gives bounds, never wider than the two processes' own delays, so a busy machine widens the bounds without
 * causing failures.
 *
 *   closed loop   previous response written .. [sent] .. read ...... [stamped within the write]
 *   open loop     due by the plan .................................. [stamped within the write]
 */

import type { Report } from "../report/model/report.ts";
import type { Quantiles } from "../report/model/schema/quantiles-field.ts";
import type { AnswerFact } from "./account.ts";
import { type Check, exactly, within } from "./check.ts";

/**
 * How late the promptest of many requests may have been at the edge of the hold, which decides which requests belong to
 * it.
 */
const promptNs = 1e6;

/** One request: when its latency may start, and its possible values. Both ends inclusive. */
export interface RequestBounds {
  fromAtLeastNs: number;
  fromAtMostNs: number;
  atLeastMs: number;
  atMostMs: number;
}

/** The same with its response. */
export type Bounded<A extends AnswerFact> = RequestBounds & { answer: A };

/**
 * Users that send one request at a time when they have their response: each was sent after the connection's previous
 * response was written and before it was read itself.
 */
export function closedLoopBounds<A extends AnswerFact>(answers: readonly A[]): Bounded<A>[] {
  const previous = new Map<string, number>();
  return [...answers]
    .sort((a, b) => a.readNs - b.readNs)
    .map((answer) => {
      const { replica, peer, readNs, beforeNs, afterNs } = answer;
      const connection = `${replica} ${peer}`;
      const sentAfterNs = previous.get(connection) ?? Number.NEGATIVE_INFINITY;
      previous.set(connection, beforeNs);
      return {
        answer,
        fromAtLeastNs: sentAfterNs,
        fromAtMostNs: readNs,
        atLeastMs: (beforeNs - readNs) / 1e6,
        atMostMs: (afterNs - sentAfterNs) / 1e6,
      };
    });
}

/**
 * Requests due at a rate, from one shard: `paths` are their paths in the order in which they are due. The schedule's
 * start is inferred from the account: when n requests had been read, n were due, so none was read before the n-th due
 * instant, and the promptest of all is assumed to have been read at that instant. Every figure may be higher by its
 * transit time, microseconds.
 */
export function openLoopBounds<A extends AnswerFact>(
  answers: readonly A[],
  paths: Iterable<string>,
  ratePerSecond: number,
): Bounded<A>[] {
  const everyNs = 1e9 / ratePerSecond;
  const byRead = [...answers].sort((a, b) => a.readNs - b.readNs);
  const firstDueNs = byRead.reduce(
    (least, { readNs }, index) => Math.min(least, readNs - index * everyNs),
    Number.POSITIVE_INFINITY,
  );
  const waiting = new Map<string, A[]>();
  for (const answer of byRead) {
    const same = waiting.get(answer.path);
    if (same === undefined) waiting.set(answer.path, [answer]);
    else same.push(answer);
  }
  const bounds: Bounded<A>[] = [];
  for (const path of paths) {
    if (bounds.length === answers.length) break;
    const answer = waiting.get(path)?.shift();
    if (answer === undefined)
      throw new Error(`request ${bounds.length} was for ${path}, but the target answered no such request`);
    const dueNs = firstDueNs + bounds.length * everyNs;
    bounds.push({
      answer,
      fromAtLeastNs: dueNs - promptNs,
      fromAtMostNs: dueNs,
      atLeastMs: (answer.beforeNs - dueNs) / 1e6,
      atMostMs: (answer.afterNs - dueNs) / 1e6,
    });
  }
  return bounds;
}

/** The bounds of a quantile over the requests of a hold. `count`: how many the report measured. */
export interface HoldBounds {
  /** Number of requests certainly in the hold, and of those possibly in it. */
  surely: number;
  atMost: number;
  quantile(share: number, count: number): { atLeastMs: number; atMostMs: number };
}

export function holdBounds(bounds: readonly RequestBounds[], hold: { fromNs: number; toNs: number }): HoldBounds {
  const surely: RequestBounds[] = [];
  const perhaps: RequestBounds[] = [];
  for (const each of bounds) {
    if (each.fromAtLeastNs >= hold.fromNs && each.fromAtMostNs < hold.toNs) surely.push(each);
    else if (each.fromAtMostNs >= hold.fromNs && each.fromAtLeastNs < hold.toNs) perhaps.push(each);
  }
  const up = (a: number, b: number): number => a - b;
  const least = surely.map(({ atLeastMs }) => atLeastMs);
  const most = surely.map(({ atMostMs }) => atMostMs);
  const perhapsLeast = perhaps.map(({ atLeastMs }) => atLeastMs).sort(up);
  const perhapsMost = perhaps.map(({ atMostMs }) => atMostMs).sort((a, b) => b - a);
  const at = (values: readonly number[], share: number): number =>
    [...values].sort(up)[Math.max(1, Math.ceil(share * values.length)) - 1] ?? Number.NaN;
  return {
    surely: surely.length,
    atMost: surely.length + perhaps.length,
    // Whichever of the possible requests were in the hold: the smallest lower a quantile most, the largest raise it
    // most.
    quantile(share, count) {
      const more = Math.max(0, count - surely.length);
      return {
        atLeastMs: at([...least, ...perhapsLeast.slice(0, more)], share),
        atMostMs: at([...most, ...perhapsMost.slice(0, more)], share),
      };
    },
  };
}

/** The equations of every API report. */
export function requestEquations({ requests: r }: Report): Check[] {
  if (r === undefined) return [exactly("requests are in the report (1: yes)", 1, 0)];
  const sum = (counts: Record<string, number>): number =>
    Object.values(counts).reduce((total, count) => total + count, 0);
  return [
    exactly("requests due = sent + unsent", r.due, r.sent + r.unsent),
    exactly("sent = ok + failed + unanswered", r.sent, r.ok + r.failed + r.unanswered),
    exactly("causes of failed requests add up", r.failed, sum(r.byCause)),
    exactly("status classes add up", r.ok + r.failed, sum(r.byStatusClass)),
  ];
}

const shares = { p50: 0.5, p99: 0.99, p999: 0.999 } as const satisfies Partial<Record<keyof Quantiles, number>>;

/** The number of measured requests, and p50, p99 and p999 within `toleranceMs` of the account's bounds. */
export function requestLatencyChecks(
  report: Report,
  bounds: readonly RequestBounds[],
  hold: { fromNs: number; toNs: number },
  toleranceMs: number,
): Check[] {
  const request = report.latencyMs.request ?? null;
  const count = request?.count ?? 0;
  const truth = holdBounds(bounds, hold);
  const round = (ms: number): number => Math.round(ms * 1000) / 1000;
  return [
    within("requests measured", truth.surely, truth.atMost, count),
    ...(Object.keys(shares) as (keyof typeof shares)[]).map((name) => {
      const { atLeastMs, atMostMs } = truth.quantile(shares[name], count);
      return within(
        `request latency ${name}, ms`,
        round(atLeastMs - toleranceMs),
        round(atMostMs + toleranceMs),
        request?.[name],
      );
    }),
  ];
}
