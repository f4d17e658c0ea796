/** Verifies a report against the target's account: one row per figure. Pure. */

import { lateAfterNs } from "../plan/ticks.ts";
import type { Report } from "../report/model/report.ts";
import type { Account, TickFact } from "./account.ts";

/** One figure: its range according to the account (both ends inclusive), and its value in the report. */
export interface Check {
  what: string;
  atLeast: number;
  atMost: number;
  measured: number | null;
  ok: boolean;
}

export function within(what: string, atLeast: number, atMost: number, measured: number | null | undefined): Check {
  const value = measured ?? null;
  return { what, atLeast, atMost, measured: value, ok: value !== null && value >= atLeast && value <= atMost };
}

export const exactly = (what: string, expected: number, measured: number | null | undefined): Check =>
  within(what, expected, expected, measured);

/** The ticks due before the end of the hold; later ones do not count. */
export function ticksOf(report: Report, account: Account): TickFact[] {
  const endNs = report.timing.holdNs?.toNs ?? Number.POSITIVE_INFINITY;
  return account.ticks.filter(({ dueNs }) => dueNs <= endNs);
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);

/** The equations every report must satisfy. */
export function equations({ connections: c, pushes: p }: Report): Check[] {
  const causes = sum(Object.values(c.byCause), (count) => count ?? 0);
  return [
    exactly("planned = opened + refused + not attempted", c.planned, c.opened + c.refused + c.notAttempted),
    exactly(
      "reconnects attempted = opened + refused",
      c.reconnects.attempted,
      c.reconnects.opened + c.reconnects.refused,
    ),
    exactly("every opened connection ended", c.opened + c.reconnects.opened, c.closedByPlan + c.closedUnexpectedly),
    exactly("causes add up", c.refused + c.reconnects.refused + c.closedByPlan + c.closedUnexpectedly, causes),
    ...(p === null ? [] : [exactly("due = received + lost", p.due, p.received + p.lost)]),
  ];
}

/** Pushes by outcome. */
export function pushChecks(report: Report, account: Account): Check[] {
  const ticks = ticksOf(report, account);
  const lastTick = Math.max(-1, ...ticks.map(({ tick }) => tick));
  const { pushes } = report;
  const [lateAtLeast, lateAtMost] = lateOf(ticks);
  const lost = sum(ticks, (tick) => tick.dropped + tick.silent + tick.abandoned + tick.corrupted);
  return [
    exactly(
      "pushes due",
      sum(ticks, (tick) => tick.connections),
      pushes?.due,
    ),
    exactly(
      "received",
      sum(ticks, (tick) => tick.written - tick.corrupted),
      pushes?.received,
    ),
    exactly("lost", lost, pushes?.lost),
    exactly(
      "duplicated",
      sum(ticks, (tick) => tick.duplicated),
      pushes?.duplicated,
    ),
    exactly(
      "out of order",
      account.reordered.filter(({ afterTick }) => afterTick <= lastTick).length,
      pushes?.outOfOrder,
    ),
    exactly(
      "corrupted",
      sum(ticks, (tick) => tick.corrupted),
      pushes?.corrupted,
    ),
    within("late", lateAtLeast, lateAtMost, pushes?.late),
  ];
}

/** Pushes written later than half an interval; a range where a tick was being written at that very instant. */
function lateOf(ticks: readonly TickFact[]): [number, number] {
  const intervalNs = ticks.length < 2 ? Number.POSITIVE_INFINITY : ticks[1]!.dueNs - ticks[0]!.dueNs;
  const lateNs = lateAfterNs(Math.abs(intervalNs));
  let atLeast = 0;
  let atMost = 0;
  for (const { dueNs, firstWrittenNs, lastWrittenNs, written, corrupted, reordered } of ticks) {
    const arriving = written - corrupted;
    if (arriving === 0) continue;
    if (firstWrittenNs - dueNs > lateNs) atLeast += arriving;
    // Pushes held back until the next tick are a whole interval late; the tick's own last write is then unknown.
    else if (reordered > 0) atLeast += reordered;
    if (firstWrittenNs - dueNs > lateNs - slackNs) atMost += arriving;
    else if (reordered > 0) atMost += reordered;
    else if (lastWrittenNs - dueNs > lateNs - slackNs) atMost += arriving;
  }
  return [atLeast, Math.max(atLeast, atMost)];
}

/**
 * Time from the target's reading of its clock to the write: usually microseconds, or a time slice if it was preempted
 * in between.
 */
const slackNs = 20e6;

/** Every opening, refusal and end by cause and code. `died`: connections ended by the death of a process. */
export function connectionChecks(report: Report, account: Account, died = account.died ?? 0): Check[] {
  const { connections: c } = report;
  const opened = c.opened + c.reconnects.opened;
  const rows = [exactly("connections opened", account.opened, opened)];
  const causes = new Set([...Object.keys(account.refused), ...Object.keys(account.ended)]);
  for (const name of [...causes].sort()) {
    const expected = (account.refused[name] ?? 0) + (account.ended[name] ?? 0);
    const measured = name.includes(":") ? c.byCode[name] : c.byCause[name as keyof typeof c.byCause];
    rows.push(exactly(name, expected, measured ?? 0));
  }
  if (account.halfOpen > 0) rows.push(exactly("silent", account.halfOpen, c.byCause.silent ?? 0));
  if (died > 0) rows.push(exactly("target-died", died, c.byCause["target-died"] ?? 0));
  const ended = sum(Object.entries(account.ended), ([name, count]) => (name.includes(":") ? 0 : count));
  rows.push(exactly("closed unexpectedly", ended + account.halfOpen + died, c.closedUnexpectedly));
  rows.push(exactly("closed by plan", account.opened - ended - account.halfOpen - died, c.closedByPlan));
  return rows;
}

/**
 * p50 and p99 of push latency compared with the account's write times, within `toleranceMs` and the histogram's 0.1 %.
 * Missed ticks that were written together may share the last one's stamp and then appear later by that much.
 */
export function latencyChecks(report: Report, account: Account, toleranceMs: number): Check[] {
  const ticks = ticksOf(report, account).filter(({ written, corrupted }) => written > corrupted);
  const togetherMs = writtenTogetherMs(ticks);
  const bound = (at: (tick: TickFact) => number): ((share: number) => number) => {
    const values = ticks
      .map((tick) => ({ ms: (at(tick) - tick.dueNs) / 1e6, weight: tick.written - tick.corrupted }))
      .sort((a, b) => a.ms - b.ms);
    const whole = sum(values, ({ weight }) => weight);
    return (share) => {
      let seen = 0;
      for (const { ms, weight } of values) {
        seen += weight;
        if (seen >= share * whole) return ms;
      }
      return Number.NaN;
    };
  };
  const lowest = bound((tick) => tick.firstWrittenNs);
  const highest = bound((tick) => tick.lastWrittenNs);
  const { push } = report.latencyMs;
  const round = (ms: number): number => Math.round(ms * 1000) / 1000;
  const row = (what: string, share: number, measured: number | undefined): Check =>
    within(
      what,
      round(lowest(share) * 0.999 - toleranceMs),
      round(highest(share) * 1.001 + toleranceMs + togetherMs),
      measured,
    );
  const { tickLag } = report.latencyMs;
  const off = push && tickLag ? round(push.p50 - tickLag.p50) : null;
  const rows = [row("push latency p50, ms", 0.5, push?.p50), row("push latency p99, ms", 0.99, push?.p99)];
  return togetherMs > 0
    ? rows
    : [...rows, within("p50 of the kernel's stamps minus p50 of the target's writes, ms", 0, toleranceMs, off)];
}

/** Time taken to write ticks that became due before an earlier one was written; 0 when each was written on time. */
function writtenTogetherMs(ticks: readonly TickFact[]): number {
  const missed = ticks.filter(
    ({ firstWrittenNs, dueNs }, index) =>
      firstWrittenNs > (ticks[index + 1]?.dueNs ?? Number.POSITIVE_INFINITY) ||
      (ticks[index - 1]?.lastWrittenNs ?? 0) > dueNs,
  );
  if (missed.length === 0) return 0;
  return (
    (Math.max(...missed.map(({ lastWrittenNs }) => lastWrittenNs)) -
      Math.min(...missed.map(({ firstWrittenNs }) => firstWrittenNs))) /
    1e6
  );
}

/** Every loss must be a separate event with the same cause. */
export function eventChecks(
  report: Report,
  events: readonly { what?: string; cause?: string; count?: number }[],
): Check[] {
  const told: Record<string, number> = {};
  for (const { what, cause, count } of events)
    if (what === "closed" && cause !== undefined && cause !== "planned")
      told[cause] = (told[cause] ?? 0) + (count ?? 1);
  const { byCause, closedUnexpectedly } = report.connections;
  const rows = Object.entries(told).map(([cause, count]) =>
    exactly(`events of ${cause}`, byCause[cause as keyof typeof byCause] ?? 0, count),
  );
  return [
    ...rows,
    exactly(
      "events of losses",
      closedUnexpectedly,
      sum(Object.values(told), (count) => count),
    ),
  ];
}
