/**
 * Three verdicts, not two: `invalid` when the generator or the host broke first, whatever the figures say; then `fail` when a limit
 * was missed or the target died; else `pass`. Pure.
 */
import { causeList, causes } from "../../measure/cause.ts";
import type { Limit } from "../../scenario/limit.ts";
import type { LimitResult, Reason, Report, Verdict } from "./report.ts";

/** What the verdict is made from: the figures of a report. */
export type Measured = Pick<Report, "clock" | "connections" | "pushes" | "latencyMs" | "usage" | "trust"> & {
  clockFaults: { foreignPushes: number; missedStarts: number };
  target: { name: string };
  /** Of the unexpected closes those that the scenario provoked: slow readers dropped, a storm by the target. */
  excusedCloses?: number;
  extra?: Record<string, number | null>;
};

const latencyOf: Record<string, keyof Report["latencyMs"]> = {
  pushLatencyMs: "push",
  deliveryMs: "delivery",
  tickLagMs: "tickLag",
  connectMs: "connect",
  connectTlsMs: "connectTls",
  pingMs: "ping",
  slowPushLatencyMs: "slowPush",
  requestMs: "request",
};

/** A shard that was away from its sockets for longer stood still: pushes piled up whatever the latencies are. */
const longestAwayMs = 1000;

const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** The measured value of a figure a limit may name; null when it was not measured. */
export function figureValue(figure: string, measured: Measured): number | null {
  const { connections, pushes, latencyMs, usage } = measured;
  const [name = "", quantile] = figure.split(".");
  const latency = latencyOf[name];
  if (latency !== undefined) return latencyMs[latency]?.[(quantile ?? "p99") as "p99"] ?? null;
  const target = usage.target;
  switch (name) {
    case "unexpectedCloseRatio":
      return ratio(connections.closedUnexpectedly - (measured.excusedCloses ?? 0), connections.opened + connections.reconnects.opened);
    case "refusedRatio":
      return ratio(connections.refused, connections.attempted);
    case "lostRatio":
      return pushes === null ? null : ratio(pushes.lost, pushes.due);
    case "lateRatio":
      return pushes === null ? null : ratio(pushes.late, pushes.due);
    case "duplicatedRatio":
      return pushes === null ? null : ratio(pushes.duplicated, pushes.due);
    case "outOfOrderRatio":
      return pushes === null ? null : ratio(pushes.outOfOrder, pushes.due);
    case "targetRssMiB":
      return target === null ? null : quantile === "peak" ? target.rssMiB.peak : target.rssMiB.steady;
    case "targetCpu":
      return target === null ? null : quantile === "peak" ? target.cpu.peak : target.cpu.mean;
    case "targetFds":
      return target?.fds ?? null;
    default:
      return measured.extra?.[figure] ?? null;
  }
}

/** Holds the limits against the figures. A limit the user set on a figure that was not measured is not ok. */
export function judgeLimits(limits: readonly Limit[], own: ReadonlySet<string>, measured: Measured): LimitResult[] {
  return limits.map(({ figure, atMost, atLeast }) => {
    const value = figureValue(figure, measured);
    const ok = value === null ? !own.has(figure) : (atMost === undefined || value <= atMost) && (atLeast === undefined || value >= atLeast);
    return { limit: figure, ...(atMost === undefined ? {} : { atMost }), ...(atLeast === undefined ? {} : { atLeast }), measured: value, ok };
  });
}

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.001 ? 4 : 2)} %`;

/** Why the figures cannot be trusted: the generator or the host broke first. */
export function invalidReasons(measured: Measured): Reason[] {
  const { connections, trust, clock, latencyMs, clockFaults } = measured;
  const reasons: Reason[] = [];
  const add = (code: string, text: string): number => reasons.push({ code, text });
  const { byCause } = connections;
  const p99 = (latencyMs.push ?? latencyMs.request)?.p99 ?? null;
  if (byCause["generator-died"])
    add("generator-died", `${byCause["generator-died"]} connections ended with a shard process of ours; see its last words on stderr and run again`);
  if (byCause["no-descriptor"])
    add("no-descriptor", `${byCause["no-descriptor"]} connections found no free descriptor on our side; raise the limit (ulimit -n) or use more shards`);
  if (byCause["no-local-port"]) {
    add("no-local-port", `${byCause["no-local-port"]} connections found no free source port; add --source addresses or widen net.ipv4.ip_local_port_range`);
  }
  if (clock === "kernel" && trust.reads > 0 && trust.unstampedReads / trust.reads > 0.01) {
    add(
      "unstamped-reads",
      `${percent(trust.unstampedReads / trust.reads)} of our reads came without a kernel stamp, at most 1 % may; their latency is our reading's, not the target's`,
    );
  }
  // A long stall of ours raises the p99 itself, and is not to be excused by it.
  const wasAway = trust.loopDelayMaxMs > longestAwayMs;
  const gapMatters = p99 !== null && trust.gapP99Ms !== null && (wasAway || trust.gapP99Ms > Math.max(1, p99 * 0.1));
  if (clock === "kernel" && gapMatters && trust.sharedStamps > 0.05 * (measured.pushes?.received ?? latencyMs.request?.count ?? 0)) {
    add(
      "shared-stamps",
      `${trust.sharedStamps} pushes waited for us together and share a stamp (generator gap p99 ${trust.gapP99Ms} ms, away for up to ${trust.loopDelayMaxMs.toFixed(0)} ms): their latency is an upper bound; use more shards or more cores`,
    );
  }
  if (clock === "read" && p99 !== null && trust.loopDelayMaxMs > Math.max(20, p99 / 2)) {
    add(
      "generator-late",
      `our loop was away from its sockets for up to ${trust.loopDelayMaxMs.toFixed(0)} ms, and this engine has no kernel stamps: latencies are partly ours; use the kernel engine or more shards`,
    );
  }
  const lagMs = measured.extra?.ownLagP99Ms ?? null;
  if (lagMs !== null && p99 !== null && lagMs > Math.max(1, p99 * 0.1)) {
    add(
      "late-sender",
      `we sent requests up to ${lagMs} ms (p99) after they were due although a connection was free: latencies are partly ours; use more shards or more cores`,
    );
  }
  if (trust.clockJumps > 0)
    add(
      "clock-jump",
      `the host's clock jumped ${trust.clockJumps} times by more than 0.05 ms against its monotonic clock; let time synchronization settle and run again`,
    );
  if (clockFaults.missedStarts > 0)
    add("missed-start", `${clockFaults.missedStarts} shards missed the common start instant by more than 1 s; the host was too busy`);
  if (clockFaults.foreignPushes > 0) {
    add(
      "foreign-clock",
      `${clockFaults.foreignPushes} pushes were stamped by a clock that is not this host's (due in the future, or an hour ago); one-way latency needs one clock`,
    );
  }
  return reasons;
}

/** Why the target failed. */
export function failReasons(measured: Measured, limits: readonly LimitResult[]): Reason[] {
  const { connections } = measured;
  const { byCause } = connections;
  const reasons: Reason[] = [];
  if (byCause["target-died"]) reasons.push({ code: "target-died", text: `the target's process ended while ${byCause["target-died"]} connections were open` });
  if (connections.attempted > 0 && connections.opened === 0) {
    const came = causeList.flatMap((cause) => (byCause[cause] ? [`${cause} ${byCause[cause]}`] : [])).join(", ");
    const isReached = causeList.some((cause) => causes[cause].stage === "upgrade" && byCause[cause]);
    if (isReached) {
      const statuses = Object.keys(connections.byCode).join(", ");
      reasons.push({
        code: "upgrade-refused",
        text: `the target answered, but opened none of ${connections.attempted} connections (${statuses || came}); is the path right, and the protocol?`,
      });
    } else {
      reasons.push({
        code: "target-unreachable",
        text: `none of ${connections.attempted} connections opened (${came}); is the target running, and is the address right?`,
      });
    }
  }
  for (const { limit, atMost, atLeast, measured: value, ok } of limits) {
    if (ok) continue;
    const wanted = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
    reasons.push(
      value === null
        ? { code: "not-measured", text: `${limit}: expected ${wanted}, but it was not measured` }
        : { code: "limit-missed", text: `${limit}: expected ${wanted}, measured ${Number(value.toPrecision(4))}` },
    );
  }
  return reasons;
}

/** The verdict and everything that speaks for it. A limit on what was not measured makes the run invalid. */
export function judge(measured: Measured, limits: readonly Limit[], own: ReadonlySet<string>): { verdict: Verdict; reasons: Reason[]; limits: LimitResult[] } {
  const results = judgeLimits(limits, own, measured);
  const invalid = invalidReasons(measured);
  const failed = failReasons(measured, results);
  const isInvalid = invalid.length > 0 || failed.some(({ code }) => code === "not-measured");
  const isDead = failed.some(({ code }) => code === "target-died" || code === "target-unreachable");
  const verdict = isInvalid && !(isDead && invalid.length === 0) ? "invalid" : failed.length > 0 ? "fail" : "pass";
  return { verdict, reasons: [...invalid, ...failed], limits: results };
}
