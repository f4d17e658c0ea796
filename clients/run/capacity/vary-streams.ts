/** Event streams that answer requests: varies concurrent streams, or streams started per second. */
import type { Report } from "../../report/model/report.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { dialFields } from "../../scenario/fields/dial-fields.ts";
import { targetFields } from "../../scenario/fields/shared-fields.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import type { StreamsScenario } from "../../scenario/streams-schema.ts";
import { streamsKind } from "../kinds/streams-kind.ts";
import { invalidRun } from "./invalid-run.ts";
import { targetOf, trialLimits } from "./trial-scenario.ts";
import type { OwnFigures, TrialTimes, Varying } from "./varying.ts";

/**
 * Warm-up before the judged part, milliseconds: connections are established, and users no longer start simultaneously.
 */
const warmUpMs = 1000;
const firstLoad = 50;
/** Stream duration assumed when choosing the number of connections for a rate, seconds. */
const expectedSeconds = 10;
const fewestUsers = 10;
/** p99 of the generator's own send delay above which the rate counts as not applied, milliseconds. */
const lateMs = 100;

/** Fields of the search that a streams scenario has as well. */
const alike = [...Object.keys(dialFields), ...Object.keys(targetFields), "rampPerSecond", "headers", "maxMessageBytes"];

function streamsAt(
  scenario: CapacityScenario,
  load: { users: number; rate?: number },
  { settleMs, sustainMs }: TrialTimes,
): StreamsScenario {
  const { users: _, timeouts, ...asked } = scenario.streams ?? {};
  const shared = Object.entries(scenario).filter(([name, value]) => alike.includes(name) && value !== undefined);
  const connect = scenario.timeouts === undefined ? {} : { connect: scenario.timeouts.connect };
  return readScenario({
    ...Object.fromEntries(shared),
    ...asked,
    kind: "streams",
    ...load,
    ...(timeouts === undefined && scenario.timeouts === undefined ? {} : { timeouts: { ...timeouts, ...connect } }),
    profile: false,
    limits: trialLimits(scenario),
    warmUp: `${Math.round(settleMs)}ms`,
    hold: `${Math.round(sustainMs)}ms`,
  }) as StreamsScenario;
}

const planOf = (scenario: CapacityScenario, load: { users: number; rate?: number }, times: TrialTimes) =>
  streamsKind.plan(streamsAt(scenario, load, times), targetOf(scenario));

const asking = {
  settleMs: () => warmUpMs,
  most: () => null,
  least: () => ({ load: 1, start: firstLoad }),
  countsConnections: false,
  rampIsLoad: false,
  endsEarly: false,
  figures: (_scenario, report): OwnFigures => {
    const { streams, latencyMs } = report;
    const unsent = streams?.unsent ?? 0;
    const failed = (streams?.failed ?? 0) + (streams?.unanswered ?? 0);
    const p99 = (name: "firstByte" | "firstEvent" | "eventGap" | "longestGap" | "stream"): number | null =>
      latencyMs[name]?.p99 ?? null;
    return {
      // A refused or lost connection shows up as a failed stream and is counted there.
      planned: 1,
      refused: 0,
      closedUnexpectedly: 0,
      pushes: null,
      p99Ms: null,
      bursts: [],
      owed: [{ criterion: "failed-streams", due: streams?.sent ?? 0, failed }],
      latencies: {
        firstByte: p99("firstByte"),
        firstEvent: p99("firstEvent"),
        gap: p99("eventGap"),
        longestGap: p99("longestGap"),
        stream: p99("stream"),
      },
      notApplied:
        notApplied(report) ??
        (unsent === 0
          ? null
          : `${unsent} streams were due when the generator had no free connection; use more users (--users) or a lower rate`),
      invalid: invalidBy(report),
      streams: failures(report),
    };
  },
} as const satisfies Partial<Varying>;

export const streams: Varying = {
  ...asking,
  plan: (scenario, load, times) => planOf(scenario, { users: load }, times),
};

export const streamRate: Varying = {
  ...asking,
  plan: (scenario, load, times) => {
    const users = scenario.streams?.users ?? Math.max(fewestUsers, Math.ceil(load * expectedSeconds));
    return planOf(scenario, { users, rate: load }, times);
  },
};

/** Reasons that indicate load was not applied: possibly because of the target, in which case its failures show it. */
const unapplied = ["load-not-applied", "nothing-measured"];

function notApplied({ verdict, reasons }: Report): string | null {
  const [first] = verdict === "invalid" ? reasons : [];
  return first !== undefined && unapplied.includes(first.code) ? first.text : null;
}

function invalidBy(report: Report): OwnFigures["invalid"] {
  const invalid = notApplied(report) === null ? invalidRun(report) : null;
  const lagMs = report.streams?.ownLagMs?.p99 ?? 0;
  if (invalid !== null || lagMs <= lateMs) return invalid;
  const text = `the generator requested streams up to ${lagMs} ms (p99) after they were due although a connection was free; use more shards or a quieter host`;
  return { code: "generator", text };
}

/** Failed streams by cause, with unexpected statuses by status and unanswered ones included. */
function failures({ streams: counts }: Report): Record<string, number> {
  if (counts === undefined) return {};
  const { status: _, ...causes } = counts.byCause;
  const statuses = Object.entries(counts.byStatus).map(([status, count]) => [`status ${status}`, count]);
  return {
    ...causes,
    ...Object.fromEntries(statuses),
    ...(counts.unanswered > 0 ? { unanswered: counts.unanswered } : {}),
  };
}
