/** Why the figures cannot be trusted: the generator or its host broke first. Pure. */
import { clockJumpNs } from "../../../measure/clock.ts";
import { kernelStamped } from "../push-basis.ts";
import type { LimitResult, Reason } from "../report.ts";
import { latencyOf } from "./latency-figure.ts";
import type { Measured } from "./measured.ts";

/** A shard that was away from its sockets for longer stood still: pushes piled up whatever the latencies are. */
const longestAwayMs = 1000;
/** The share of a run's time that a shard may be away at once, whatever it missed. */
const awayShare = 0.1;
/**
 * Of the kernel's stamps, how many may be shared: in general, and when a shard stood still, for then that many reach
 * the p99.
 */
const sharedShare = 0.05;
const sharedShareAway = 0.01;

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.001 ? 4 : 2)} %`;

/** Of a hold's seconds, how many a machine may be full of others' work before what is late in them proves nothing. */
const starvedShareAtMost = 0.05;

/** Figures that our own standing still makes worse, or a machine that others fill. */
const isDelayed = ({ limit, ok }: LimitResult): boolean =>
  !ok && ((limit.split(".")[0] ?? "") in latencyOf || ["lateRatio", "failedRatio", "qps"].includes(limit));

export function trustReasons(measured: Measured, limits: readonly LimitResult[]): Reason[] {
  return [
    ...shardReasons(measured),
    ...stampReasons(measured),
    ...standstillReasons(measured, limits),
    ...clockReasons(measured),
    ...(limits.some(isDelayed) ? starvedReasons(measured.trust) : []),
  ];
}

/** Others than target and generator had the machine for too long; for what is late, and for nothing else. */
export function starvedReasons({ starvedShare = null }: Measured["trust"]): Reason[] {
  if (starvedShare === null || starvedShare <= starvedShareAtMost) return [];
  const text = `in ${percent(starvedShare)} of the hold's seconds the machine was saturated, with a quarter of it or more used by other processes, which may have caused the delays; use an otherwise idle machine`;
  return [{ code: "host-busy", text }];
}

function shardReasons({ connections: { byCause }, trust }: Measured): Reason[] {
  const reasons: Reason[] = [];
  const died = trust.shardsDied ?? 0;
  if (byCause["generator-died"] || died > 0) {
    const lost = byCause["generator-died"] ?? 0;
    const what =
      lost > 0
        ? `${lost} connections were lost when a generator shard process died`
        : `${died} generator shard processes died before they had a connection`;
    reasons.push({ code: "generator-died", text: `${what}; check stderr for its last messages and run again` });
  }
  if (byCause["no-descriptor"]) {
    const text = `${byCause["no-descriptor"]} connections failed because the generator ran out of file descriptors; raise the limit (ulimit -n) or use more shards`;
    reasons.push({ code: "no-descriptor", text });
  }
  if (byCause["no-local-port"]) {
    const text = `${byCause["no-local-port"]} connections failed because the generator ran out of source ports; add --source addresses or widen net.ipv4.ip_local_port_range`;
    reasons.push({ code: "no-local-port", text });
  }
  return reasons;
}

function stampReasons({ trust, clock }: Measured): Reason[] {
  if (clock !== "kernel" || trust.reads === 0 || trust.unstampedReads / trust.reads <= 0.01) return [];
  const share = percent(trust.unstampedReads / trust.reads);
  const text = `${share} of the generator's reads had no kernel timestamp (at most 1 % is accepted); their latency includes the generator's own delay`;
  return [{ code: "unstamped-reads", text }];
}

/** The 99th percentile of the run's headline latency; null: the run has no latency that our delays could have made. */
const headlineP99 = ({ latencyMs }: Measured): number | null => (latencyMs.push ?? latencyMs.request)?.p99 ?? null;

function standstillReasons(measured: Measured, limits: readonly LimitResult[]): Reason[] {
  const { clock, trust } = measured;
  const late = clock === "read" ? lateReading(measured, limits) : null;
  const shared = clock === "kernel" ? sharedStamps(measured) : null;
  const lagMs = measured.extra?.ownLagP99Ms ?? null;
  const p99 = headlineP99(measured);
  const isLagging = lagMs !== null && p99 !== null && lagMs > Math.max(1, p99 * 0.1);
  const sent = measured.latencyMs.push == null ? "sent requests" : "published";
  const free = measured.latencyMs.push == null ? " although a connection was free" : "";
  const sender = `the generator ${sent} up to ${lagMs} ms (p99) late${free}: latencies include its own delay; use more shards or more cores`;
  const share = measured.extra?.sendLagShare ?? 0;
  const talker = `the generator sent messages of the conversation late: its p99 delay is ${(share * 100).toFixed(0)} % of their interval (at most 10 % is accepted); use more shards or more cores`;
  const lagging = isLagging ? sender : share > 0.1 ? talker : null;
  const found = [late, shared, lagging === null ? null : { code: "late-sender", text: lagging }].filter(
    (reason) => reason !== null,
  );
  const isTold = found.some(({ code }) => code !== "late-sender");
  const why = isTold || trust.loopDelayMaxMs <= longestAwayMs ? null : whyAwayMatters(measured, limits);
  return why === null
    ? found
    : [
        ...found,
        { code: "generator-away", text: `a generator shard stalled for ${trust.loopDelayMaxMs.toFixed(0)} ms${why}` },
      ];
}

/**
 * Without kernel stamps what came while we were away is told as late as we read it. Pings matter where a limit on them
 * was missed.
 */
function lateReading(measured: Measured, limits: readonly LimitResult[]): Reason | null {
  const { trust, latencyMs } = measured;
  const awayMs = trust.loopDelayHeldMs ?? trust.loopDelayMaxMs;
  const pingP99 = limits.some(({ limit, ok }) => !ok && limit.startsWith("pingMs."))
    ? (latencyMs.ping?.p99 ?? null)
    : null;
  const p99 = headlineP99(measured) ?? pingP99;
  if (p99 === null || awayMs <= Math.max(20, p99 / 2)) return null;
  const text = `the generator's event loop was blocked for up to ${awayMs.toFixed(0)} ms, and this engine has no kernel timestamps: latencies include that delay; use the kernel engine or more shards`;
  return { code: "generator-late", text };
}

/**
 * A long stall of ours raises the p99 itself, and is not to be excused by it. Without a latency there is nothing an
 * upper bound spoils.
 */
function sharedStamps(measured: Measured): Reason | null {
  const { trust } = measured;
  const p99 = headlineP99(measured);
  const wasAway = trust.loopDelayMaxMs > longestAwayMs;
  const gapMatters = p99 !== null && trust.gapP99Ms !== null && (wasAway || trust.gapP99Ms > Math.max(1, p99 * 0.1));
  if (!gapMatters || trust.sharedStamps <= sharedShare * kernelStamped(measured)) return null;
  const text = `${trust.sharedStamps} of ${kernelStamped(measured)} messages queued up in the generator and share a timestamp (generator gap p99 ${trust.gapP99Ms} ms, event loop blocked for up to ${trust.loopDelayMaxMs.toFixed(0)} ms): their latency is an upper bound; use more shards or more cores`;
  return { code: "shared-stamps", text };
}

/**
 * What a standstill of more than a second did to the figures, as the end of a sentence; null: the kernel's stamps bore
 * it.
 */
function whyAwayMatters(measured: Measured, limits: readonly LimitResult[]): string | null {
  const { clock, trust, timing } = measured;
  if (clock === "read")
    return ", and this engine has no kernel timestamps: everything that arrived meanwhile was measured late; use the kernel engine or more shards";
  const stamped = kernelStamped(measured);
  if (trust.sharedStamps > sharedShareAway * stamped)
    return `: ${trust.sharedStamps} of ${stamped} messages queued up meanwhile and share a timestamp, enough to affect the p99; use a quieter host or more shards`;
  const measuredMs = (timing?.rampMs ?? 0) + (timing?.heldMs ?? 0);
  if (measuredMs > 0 && trust.loopDelayMaxMs > awayShare * measuredMs)
    return ` of ${measuredMs} ms: the target was not loaded as planned; use a quieter host or more shards`;
  const missed = limits.find(isDelayed);
  if (missed !== undefined)
    return `, and ${missed.limit} missed its limit, possibly because of that; use a quieter host or more shards`;
  return null;
}

function clockReasons({ clock, trust, clockFaults }: Measured): Reason[] {
  const reasons: Reason[] = [];
  if (trust.clockJumps > 0) {
    const bound = `${clockJumpNs[clock] / 1e6} ms within a second`;
    const text = `the host's clock jumped ${trust.clockJumps} times by more than ${bound} against its monotonic clock; wait for time synchronization to settle and run again`;
    reasons.push({ code: "clock-jump", text });
  }
  if (clockFaults.missedStarts > 0)
    reasons.push({
      code: "missed-start",
      text: `${clockFaults.missedStarts} times a shard received the common start more than 1 s late, or the start of the hold after it had begun; the host, or the network to an agent, was too busy`,
    });
  if (clockFaults.foreignPushes > 0) {
    const text = `${clockFaults.foreignPushes} pushes carry timestamps of a clock other than this host's (due in the future, or an hour ago); one-way latency needs a shared clock`;
    reasons.push({ code: "foreign-clock", text });
  }
  return reasons;
}
