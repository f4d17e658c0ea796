/**
 * One run of a connections scenario, from its plan to its report:
 *
 *   prepare          ramp                    hold                      drain       done
 *   shards ready --> start instant --> all shards ramped --> hold's end --> closed --> report
 */

import type { FromShard } from "../../generator/plan.ts";
import { Alarm } from "../../measure/alarm.ts";
import { nowNs } from "../../measure/clock.ts";
import { isRunning } from "../../measure/host/process-files.ts";
import type { Phase } from "../../measure/phase.ts";
import { stageStartsMs } from "../../plan/stages.ts";
import type { Report } from "../../report/model/report.ts";
import { durationMs } from "../../scenario/duration.ts";
import { RunRecord } from "../kinds/connections-record.ts";
import { type SecondSoFar, type StopRule, stopRuleOf } from "./early-stop.ts";
import type { ShardListener } from "./local-shards.ts";
import { RunNeverBegan } from "./run-never-began.ts";
import type { ConnectionsRun } from "./run-order.ts";
import { mostQuietNs, ShardLiveness } from "./shard-liveness.ts";
import { RunTotals } from "./totals.ts";

/** Time from the start command to the common start instant: enough for every shard to receive it. */
const startDelayNs = 0.3e9;
/** Replacing more shards than this would not save the run. */
const mostReplacements = 16;
/** How long a drain may take in addition to what its pace explains. */
const drainSpareNs = 30e9;

/**
 * Runs a scenario until its end, or until the signal: then it drains and reports what it has. Rejects with {@link
 * RunNeverBegan} when a shard could not be created.
 */
export async function runConnections(order: ConnectionsRun): Promise<Report> {
  const coordinator = new Coordinator(order);
  try {
    return await coordinator.run();
  } finally {
    order.shards.kill();
  }
}

class Coordinator implements ShardListener {
  readonly #order: ConnectionsRun;
  readonly #totals: RunTotals;
  readonly #record: RunRecord;
  readonly #ramped = new Set<number>();
  readonly #liveness = new ShardLiveness();
  /** When each shard's last tally arrived: everything it counted until then is known. */
  readonly #talliedNs = new Map<number, number>();
  readonly #deadEndpoints = new Set<number>();
  #phase: Phase = "prepare";
  #endNs = Number.POSITIVE_INFINITY;
  #over: () => void = () => {};
  #isOver = false;
  #replacements = 0;
  readonly #stopRules: readonly StopRule[];
  /** Timers for phases that begin during the hold. */
  #alarms: Alarm[] = [];
  /** Watched processes of the target that were running when the run began. */
  #watched: number[] = [];

  constructor(order: ConnectionsRun) {
    this.#order = order;
    this.#totals = new RunTotals(order.plans.map(({ engine }) => engine.slots));
    this.#record = new RunRecord(order, this.#totals);
    this.#stopRules = [stopRuleOf(order.scenario.limits), order.stopWhen ?? null].filter((rule) => rule !== null);
  }

  async run(): Promise<Report> {
    const { shards, plans, signal, target } = this.#order;
    this.#record.begin();
    await shards.prepare(plans, this).catch((error: Error) => this.#unprepared(error));
    this.#watched = target.pids.filter(isRunning);
    target.exits.forEach((exit, endpoint) => void exit.then(() => this.#targetDied(endpoint)));
    const stop = (): void => this.#stop();
    signal.addEventListener("abort", stop);
    const finished = new Promise<void>((resolve) => {
      this.#over = resolve;
    });
    const startNs = nowNs() + (shards.startDelayNs ?? startDelayNs);
    for (const plan of plans) this.#liveness.heard(plan.shard, startNs);
    this.#record.start(startNs);
    this.#enter("ramp", startNs);
    shards.tell({ type: "start", atNs: startNs });
    if (signal.aborted) stop();
    const ticker = setInterval(() => this.#tick(), 1000);
    await finished;
    clearInterval(ticker);
    this.#silenceAlarms();
    signal.removeEventListener("abort", stop);
    this.#noticeDeaths();
    this.#enter("done", nowNs());
    return this.#record.finish(signal.aborted ? "interrupted" : "finished");
  }

  /** A run whose shards could not be created is over, so observers must be told its end. */
  #unprepared(error: Error): never {
    this.#isOver = true;
    this.#record.neverBegan(error.message);
    this.#enter("done", nowNs());
    throw new RunNeverBegan(error, this.#record.finish("finished"));
  }

  message(message: FromShard): void {
    if (this.#isOver) return; // The report is complete; a shard considered dead may still send something.
    this.#liveness.heard(message.shard, nowNs());
    switch (message.type) {
      case "ready":
        return this.#record.baseline(message.shard, message.vitals);
      case "tally":
        this.#talliedNs.set(message.shard, nowNs());
        return this.#totals.take(message.shard, message.tally, message.vitals, false);
      case "events":
        return this.#record.events(message.events);
      case "ramped":
        this.#ramped.add(message.shard);
        // A replacement that has ramped joins the current hold.
        if (this.#phase !== "ramp")
          return this.#order.shards.tell({ type: "hold", startNs: nowNs(), endNs: this.#endNs }, message.shard);
        return this.#holdIfRamped();
      case "done":
        this.#totals.take(message.shard, message.tally, message.vitals, true);
        return this.#endIfOver();
      case "failed":
        return this.died(message.shard, message.text);
    }
  }

  died(shard: number, text: string): void {
    if (this.#isOver || this.#totals.shards[shard]?.state !== "running") return;
    const { open, closing } = this.#totals.shards[shard]!.tally.counts;
    this.#totals.bury(shard);
    // A shard that only seemed dead must not keep loading the target.
    this.#order.shards.tell({ type: "stop" }, shard);
    const gone = { type: "shard-died", shard, atNs: this.#talliedNs.get(shard) ?? nowNs() } as const;
    for (const plan of this.#order.plans)
      if (this.#totals.shards[plan.shard]?.state === "running") this.#order.shards.tell(gone, plan.shard);
    this.#record.note({ code: "shard-died", text });
    this.#record.events([
      {
        atNs: nowNs(),
        what: "closed",
        cause: "generator-died",
        connection: -1,
        endpoint: -1,
        count: open + closing,
        detail: text,
      },
    ]);
    this.#replace(shard);
    this.#holdIfRamped();
    this.#endIfOver();
  }

  /** Replaces a dead shard while the run is still loading the target. */
  #replace(shard: number): void {
    const { shards, plans, replaceDeadShards } = this.#order;
    const plan = plans[shard];
    const isLoading = this.#phase === "ramp" || this.#phase === "hold" || this.#phase === "storm";
    if (
      replaceDeadShards !== true ||
      plan === undefined ||
      shards.replace === undefined ||
      !isLoading ||
      this.#replacements >= mostReplacements
    )
      return;
    this.#replacements++;
    this.#totals.replace(shard);
    this.#ramped.delete(shard);
    this.#liveness.heard(shard, nowNs());
    this.#record.note({
      code: "shard-replaced",
      text: `shard ${shard} was replaced; its connections come back as reconnects`,
    });
    const begin = (): void => shards.tell({ type: "start", atNs: nowNs() }, shard);
    shards
      .replace({ ...plan, isReplacement: true, storm: null }, this)
      .then(begin, (error: Error) => this.died(shard, error.message));
  }

  #enter(phase: Phase, atNs: number): void {
    this.#phase = phase;
    this.#record.enter(phase, atNs);
  }

  /** The hold begins when every running shard has completed its last first attempt. */
  #holdIfRamped(): void {
    if (this.#phase !== "ramp" || this.#endNs !== Number.POSITIVE_INFINITY) return;
    if (this.#totals.shards.some(({ state }, shard) => state === "running" && !this.#ramped.has(shard))) return;
    const startNs = nowNs();
    this.#endNs = startNs + durationMs(this.#order.scenario.hold) * 1e6;
    this.#enter("hold", startNs);
    this.#order.shards.tell({ type: "hold", startNs, endNs: this.#endNs });
    const { storm = null, stages = [] } = this.#order.plans[0] ?? {};
    this.#enterAt("drain", startNs, (this.#endNs - startNs) / 1e6);
    if (storm !== null && startNs + durationMs(storm.after) * 1e6 < this.#endNs)
      this.#enterAt("storm", startNs, durationMs(storm.after));
    for (const [stage, beginsMs] of stageStartsMs(stages).entries()) {
      const { overMs, holdMs } = stages[stage]!;
      if (stage > 0 && overMs > 0) this.#enterAt("ramp", startNs, beginsMs);
      if (stage > 0 && holdMs > 0) this.#enterAt("hold", startNs, beginsMs + overMs);
    }
  }

  #enterAt(phase: Phase, startNs: number, afterMs: number): void {
    this.#alarms.push(new Alarm(afterMs, () => this.#enter(phase, startNs + afterMs * 1e6)));
  }

  /** The storm is over when every connection it dropped is back. */
  #holdIfBack(): void {
    const dropped = this.#totals.sum("stormDropped");
    if (
      this.#phase === "storm" &&
      dropped > 0 &&
      this.#totals.sum("stormBack") === dropped &&
      this.#totals.sum("closing") === 0
    )
      this.#enter("hold", nowNs());
  }

  #endIfOver(): void {
    if (this.#isOver || !this.#totals.isOver) return;
    this.#isOver = true;
    this.#over();
  }

  #tick(): void {
    const atNs = nowNs();
    this.#liveness.tick(atNs);
    this.#holdIfBack();
    this.#stopIfDue(this.#record.tick(atNs));
    const drainNs =
      (this.#order.scenario.connections / (this.#order.plans[0]?.closePerSecond ?? 1)) * 1e9 +
      drainSpareNs +
      (this.#order.additions?.drainMs ?? 0) * 1e6;
    for (const { shard } of this.#order.plans) {
      const isQuiet = this.#liveness.isQuiet(shard, atNs);
      const isOverdue = atNs > this.#endNs + drainNs + this.#liveness.lateNs;
      if (this.#totals.shards[shard]?.state !== "running" || !(isQuiet || isOverdue)) continue;
      this.died(
        shard,
        `shard ${shard} ${isQuiet ? `said nothing for ${mostQuietNs / 1e9} s` : "did not close its connections in time"}`,
      );
    }
  }

  /**
   * Ends the run early when a limit with an abort rule was missed: it drains at once, and the report gives that as the
   * reason for what was planned but not done.
   */
  #stopIfDue(second: SecondSoFar): void {
    if (this.#phase !== "ramp" && this.#phase !== "hold" && this.#phase !== "storm") return;
    const stopped = this.#stopRules.map((rule) => rule(second)).find((found) => found !== null);
    if (stopped == null) return;
    this.#record.stoppedEarly(stopped);
    this.#stop();
  }

  /**
   * Also handled during the drain: pushes and answers are still awaited then, and connections still have to be closed
   * properly.
   */
  #targetDied(endpoint: number): void {
    if (this.#isOver) return;
    this.#deadEndpoints.add(endpoint);
    this.#record.replicaEnded(`replica ${endpoint} of the target exited by itself; its log is in the run's folder`);
    this.#order.shards.tell({ type: "target-died", endpoint });
    if (this.#phase === "drain" || this.#deadEndpoints.size < this.#order.target.endpoints.length) return;
    // Nothing is left to measure. The shards are notified first, so that they attribute their connections' ends to it.
    setTimeout(() => this.#stop(), 1500);
  }

  /**
   * Detects exits that were not reported: of processes given by pid, which may just have ended the run by closing its
   * connections.
   */
  #noticeDeaths(): void {
    const gone = this.#watched.filter((pid) => !isRunning(pid));
    if (gone.length > this.#deadEndpoints.size)
      this.#record.replicaEnded(`process ${gone.join(", ")} of the target exited by itself`);
  }

  #silenceAlarms(): void {
    for (const alarm of this.#alarms) alarm.cancel();
  }

  #stop(): void {
    if (this.#phase === "drain" || this.#phase === "done") return;
    this.#silenceAlarms();
    this.#endNs = nowNs();
    this.#enter("drain", this.#endNs);
    this.#order.shards.tell({ type: "stop" });
  }
}
