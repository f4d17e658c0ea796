/** The second-by-second record of a run, from which intervals and the report are made. */

import type { ConnectionEvent, ShardVitals } from "../../generator/plan.ts";
import { nowNs } from "../../measure/clock.ts";
import { counterDeltas, readCounters } from "../../measure/host/kernel-counters.ts";
import type { Phase } from "../../measure/phase.ts";
import type { Tally } from "../../measure/tally.ts";
import { rampMs } from "../../plan/ramp.ts";
import { buildReport, connectionCounts, pushCounts } from "../../report/model/build-report.ts";
import type { Interval } from "../../report/model/interval.ts";
import { bucketFigures, latencyFigures } from "../../report/model/quantiles.ts";
import type { Reason, Report } from "../../report/model/report.ts";
import type { StoppedEarly } from "../../report/model/schema/connection-blocks.ts";
import type { SecondSoFar } from "../coordinate/early-stop.ts";
import { type RunObserver, tellAll, tellEach } from "../coordinate/observer.ts";
import type { ConnectionsRun, UsageWithin } from "../coordinate/run-order.ts";
import type { RunTotals } from "../coordinate/totals.ts";
import { type TargetWatch, watchProcesses } from "../prepare/target-watch.ts";
import { ConnectionRecord } from "./connection-record.ts";
import { conversationFigures, conversationLimits } from "./conversation-figures.ts";
import { conversationTimes } from "./conversation-record.ts";
import { StageRecord } from "./stage-record.ts";
import { targetFacts } from "./target-facts.ts";
import { UsageRecord } from "./usage-record.ts";

export class RunRecord {
  readonly #order: ConnectionsRun;
  readonly #totals: RunTotals;
  readonly #phases: { phase: Phase; atNs: number; stage?: number }[] = [];
  readonly #stages: StageRecord | null;
  readonly #notes: Reason[] = [];
  readonly #connections: ConnectionRecord;
  readonly #watch: TargetWatch;
  readonly #usage: UsageRecord;
  readonly #startedAt = new Date();
  readonly #countersBefore = readCounters();
  #startNs = nowNs();
  #before: Tally | null = null;
  #replicasEnded = 0;
  #stopped: StoppedEarly | null = null;
  readonly #unapplied: Reason[] = [];
  #events = 0;
  #unwritten: { count: number; first: string } | null = null;

  constructor(order: ConnectionsRun, totals: RunTotals) {
    this.#order = order;
    this.#totals = totals;
    this.#connections = new ConnectionRecord(order.plans);
    const [plan] = order.plans;
    this.#stages = plan?.stages === undefined ? null : new StageRecord(plan, plan.stages);
    this.#watch = order.target.watch ?? watchProcesses(order.target.pids);
    this.#usage = new UsageRecord(this.#watch, totals);
    this.#notes.push(...order.notes, ...(order.target.notes ?? []));
    if (order.host.sharedWithTarget) {
      this.#notes.push({
        code: "shared-machine",
        text: "target and generator share this machine's CPUs, so the target did not have all of them",
      });
    }
  }

  begin(): void {
    tellAll(this.#order.observers, (observer) => observer.begun?.(this.report("running")));
  }

  start(startNs: number): void {
    this.#startNs = startNs;
    this.#stages?.start(startNs);
  }

  /** A shard's memory before it has any connection. */
  baseline(shard: number, vitals: ShardVitals): void {
    this.#usage.baseline(shard, vitals);
    this.#connections.baseline(shard, vitals);
  }

  note(reason: Reason): void {
    this.#notes.push(reason);
  }

  /** A limit ended the run early. */
  stoppedEarly(stopped: StoppedEarly): void {
    this.#stopped = stopped;
  }

  /** A process of the target exited on its own. */
  replicaEnded(text: string): void {
    this.#replicasEnded++;
    this.note({ code: "replica-ended", text });
  }

  /** The shards could not be created. */
  neverBegan(text: string): void {
    this.#unapplied.push({ code: "not-prepared", text });
  }

  enter(phase: Phase, atNs: number): void {
    if (phase === "hold") this.#stages?.hold(atNs);
    const stage = phase === "ramp" || phase === "hold" ? this.#stages?.stageAt(atNs) : undefined;
    this.#phases.push({ phase, atNs, ...(stage === undefined ? {} : { stage }) });
    this.#tell((observer) => observer.phase?.(phase, this.#sinceStart(atNs), stage));
  }

  events(events: readonly ConnectionEvent[]): void {
    this.#events += events.length;
    for (const { what, atNs } of events) if (what === "storm") this.#connections.stormBegan(this.#sinceStart(atNs));
    const timed = events.map(({ atNs, ...event }) => ({ atMs: this.#sinceStart(atNs), ...event }));
    this.#tell((observer) => observer.events?.(timed));
  }

  #sinceStart(atNs: number): number {
    return Math.round((atNs - this.#startNs) / 1e4) / 100;
  }

  /** Once a second: samples the resource usage of target and generator, and notifies the observers. */
  tick(atNs: number): SecondSoFar {
    const total = this.#totals.merged();
    const interval = this.#interval(atNs, total);
    this.#before = total;
    this.#connections.second(interval, total);
    const report = this.report("running", total);
    const phase = this.#phases.at(-1)?.phase ?? "prepare";
    const names = this.#order.plans[0]?.conversation;
    const times =
      names === undefined || total.conversation === null
        ? {}
        : { conversationTimes: conversationTimes(names, total.conversation) };
    const snapshot = {
      run: this.#order.run,
      phase,
      interval,
      total,
      shards: this.#totals.shards,
      replicas: this.#usage.replicas,
      report,
      ...times,
    };
    this.#tell((observer) => observer.snapshot?.(snapshot));
    return { atMs: interval.atMs, limits: report.limits, connections: interval.connections };
  }

  /**
   * An observer that fails (usually because of a full disk) does not stop the run: failures are counted and mentioned
   * in the report.
   */
  #tell(tell: (observer: RunObserver) => void): void {
    const [first, ...more] = tellEach(this.#order.observers, tell);
    if (first === undefined) return;
    this.#unwritten ??= { count: 0, first: (first as Error).message };
    this.#unwritten.count += 1 + more.length;
  }

  #keeperNotes(): Reason[] {
    return this.#watch.lost === null ? [] : [{ code: "keeper-lost", text: this.#watch.lost }];
  }

  #unwrittenNotes(): Reason[] {
    if (this.#unwritten === null) return [];
    const { count, first } = this.#unwritten;
    return [
      {
        code: "not-written",
        text: `${count} writes to the run's folder failed and are missing from its files (first error: ${first}); the figures in this report are complete`,
      },
    ];
  }

  #interval(atNs: number, total: Tally): Interval {
    const { peak: _, ...counts } = connectionCounts(total, 0);
    const { open, connecting, closing, backoff, unstampedReads, sharedStamps, bytes, absences, absencesEnded } =
      total.counts;
    const away = this.#order.plans[0]?.reconnect === undefined ? {} : { away: absences - absencesEnded };
    const before = this.#before;
    const windows: Tally["histograms"] = Object.fromEntries(
      Object.entries(total.histograms).map(([name, histogram]) => [
        name,
        histogram.since(before?.histograms[name as keyof typeof total.histograms]),
      ]),
    );
    const isHeld = this.#phases.at(-1)?.phase === "hold";
    return {
      atMs: this.#sinceStart(atNs),
      phase: this.#phases.at(-1)?.phase ?? "prepare",
      ...(this.#stages === null ? {} : { stage: this.#stages.stageAt(atNs) }),
      connections: { open, connecting, closing, backoff, ...away, ...this.#level(atNs), ...counts },
      pushes: pushCounts(total, this.#isStamped(total), this.#order.plans[0]?.push.sequence),
      latencyMs: latencyFigures(windows),
      ...bucketFigures(windows),
      usage: this.#usage.sample(atNs, open, isHeld),
      unstampedReads,
      sharedStamps,
      bytesReceived: bytes,
      ...this.#order.additions?.interval(total),
    };
  }

  /** No connections should be open once the load has ended. */
  #level(atNs: number): { level?: number } {
    if (this.#stages === null) return {};
    return { level: this.#phaseNs("drain") === null ? this.#stages.levelAt(atNs) : 0 };
  }

  /** A target declared to stamp its pushes is assumed to, until messages without a stamp arrive. */
  #isStamped({ counts }: Tally): boolean {
    if (counts.received + counts.slowReceived + counts.corrupted > 0) return true;
    if (this.#order.plans[0]?.push.sequence !== undefined) return false;
    const should = this.#order.target.keepsContract || this.#order.plans[0]?.push.stamp === "holdfast";
    return should && counts.unstampedPushes + counts.stampedPushes === 0;
  }

  #phaseNs(phase: Phase): number | null {
    return this.#phases.find((entry) => entry.phase === phase)?.atNs ?? null;
  }

  report(state: Report["state"], total: Tally = this.#totals.merged()): Report {
    const { run, kind, scenario, target, plans, host, additions, shards } = this.#order;
    const holdNs = this.#phaseNs("hold");
    const endNs = this.#phaseNs("drain") ?? nowNs();
    const hold = holdNs === null ? undefined : { fromNs: holdNs, toNs: endNs };
    const isStamped = this.#isStamped(total);
    const usageWithin: UsageWithin = (window) => this.#usage.target.within(window);
    const added = additions?.report(total, hold ?? null, usageWithin, state);
    const vitals = state === "running" ? null : this.#totals.shards.map((shard) => shard.vitals);
    const clockError = shards.clockError ?? this.#order.clockError ?? null;
    const talk = plans[0]?.conversation;
    const stages = this.#stages?.report(total, endNs, isStamped, usageWithin);
    const blocks = {
      ...this.#connections.blocks(total, isStamped, vitals),
      ...(stages === undefined ? {} : { stages }),
    };
    const said =
      talk === undefined || blocks.conversation === undefined ? {} : conversationFigures(blocks.conversation, talk);
    const built = buildReport({
      run,
      kind,
      state,
      target: targetFacts(target, scenario.protocol),
      host,
      engine: plans[0]?.engineName ?? "kernel",
      isThroughFile: target.endpoints[0]?.socketPath !== undefined,
      protocol: scenario.protocol,
      scenario: additions?.scenario ?? scenario,
      ...added,
      defaultLimits: [
        ...(additions?.defaultLimits ?? this.#connections.limits),
        ...(talk === undefined ? [] : conversationLimits(talk)),
      ],
      figures: { ...this.#connections.figures(total), ...added?.figures, ...said },
      blocks: { ...blocks, ...added?.blocks },
      remarks: [...this.#connections.remarks(total), ...(added?.remarks ?? [])],
      tally: total,
      peak: this.#totals.peak,
      isStamped,
      usage: this.#usage.of(hold),
      timing: {
        startedAt: this.#startedAt.toISOString(),
        rampMs: Math.round(
          holdNs === null ? rampMs(scenario.connections, scenario.rampPerSecond) : (holdNs - this.#startNs) / 1e6,
        ),
        heldMs: holdNs === null ? 0 : Math.max(0, Math.round((endNs - holdNs) / 1e6)),
        endedAt: state === "running" ? null : new Date().toISOString(),
        phases: this.#phases.map(({ atNs, ...phase }) => ({ ...phase, atMs: this.#sinceStart(atNs) })),
        ...(hold === undefined ? {} : { holdNs: hold }),
      },
      shards: plans.length,
      shardsDied: this.#totals.died,
      replicasEnded: this.#replicasEnded,
      ...(this.#stopped === null ? {} : { stoppedEarly: this.#stopped }),
      unapplied: [...this.#unapplied, ...this.#connections.unapplied(total), ...(added?.unapplied ?? [])],
      notes: [...this.#notes, ...this.#keeperNotes(), ...this.#unwrittenNotes(), ...clockNotes(clockError)],
    });
    return clockError === null ? built : { ...built, clockError };
  }

  finish(state: "finished" | "interrupted"): Report {
    this.tick(nowNs());
    const events = { written: this.#events, leftOut: this.#totals.sum("eventsLeftOut") };
    const report = { ...this.report(state), events, kernel: counterDeltas(this.#countersBefore, readCounters()) };
    tellAll(this.#order.observers, (observer) => observer.ended?.(report));
    return report;
  }
}

/** Between machines, latencies based on the target's stamps are only as accurate as the clock offset. */
function clockNotes(clockError: { boundMs: number } | null): Reason[] {
  if (clockError === null) return [];
  return [
    {
      code: "clock-error",
      text: `the target's clock is on another machine: push latency, delivery and tick lag are accurate to within ${clockError.boundMs.toFixed(3)} ms`,
    },
  ];
}
