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
import { Books } from "./totals.ts";

/** From the order to the common start instant: enough for every shard to hear of it. */
const startDelayNs = 0.3e9;
/** A shard that says nothing for this long is taken for dead. */
const mostQuietNs = 20e9;
/** A run whose shards keep dying is not saved by more of them. */
const mostReplacements = 16;
/** How long a drain may take beyond what its pace explains. */
const drainSpareNs = 30e9;

/**
 * Runs a scenario to its end, or until the signal: then it drains and reports what it has. Rejects with {@link
 * RunNeverBegan} when a shard could not be made.
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
  readonly #books: Books;
  readonly #record: RunRecord;
  readonly #ramped = new Set<number>();
  readonly #heardNs = new Map<number, number>();
  /** When each shard's last tally came: what it counted until then is known. */
  readonly #talliedNs = new Map<number, number>();
  readonly #deadEndpoints = new Set<number>();
  #phase: Phase = "prepare";
  #endNs = Number.POSITIVE_INFINITY;
  #over: () => void = () => {};
  #isOver = false;
  /** When we last ticked, and by how much all our ticks together came late. */
  #tickedNs = Number.POSITIVE_INFINITY;
  #lateNs = 0;
  #replacements = 0;
  readonly #stopRules: readonly StopRule[];
  /** What begins at an instant of the hold. */
  #alarms: Alarm[] = [];
  /** Processes of the target that are watched and ran when the run began. */
  #watched: number[] = [];

  constructor(order: ConnectionsRun) {
    this.#order = order;
    this.#books = new Books(order.plans.map(({ engine }) => engine.slots));
    this.#record = new RunRecord(order, this.#books);
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
    for (const plan of plans) this.#heardNs.set(plan.shard, startNs);
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

  /** A run whose shards could not be made is over: what watches it must not wait for more. */
  #unprepared(error: Error): never {
    this.#isOver = true;
    this.#record.neverBegan(error.message);
    this.#enter("done", nowNs());
    throw new RunNeverBegan(error, this.#record.finish("finished"));
  }

  message(message: FromShard): void {
    if (this.#isOver) return; // The report is made; a shard given up for dead may still speak.
    this.#heardNs.set(message.shard, nowNs());
    switch (message.type) {
      case "ready":
        return this.#record.baseline(message.shard, message.vitals);
      case "tally":
        this.#talliedNs.set(message.shard, nowNs());
        return this.#books.take(message.shard, message.tally, message.vitals, false);
      case "events":
        return this.#record.events(message.events);
      case "ramped":
        this.#ramped.add(message.shard);
        // A replacement that has ramped joins the hold that is going on.
        if (this.#phase !== "ramp")
          return this.#order.shards.tell({ type: "hold", startNs: nowNs(), endNs: this.#endNs }, message.shard);
        return this.#holdIfRamped();
      case "done":
        this.#books.take(message.shard, message.tally, message.vitals, true);
        return this.#endIfOver();
      case "failed":
        return this.died(message.shard, message.text);
    }
  }

  died(shard: number, text: string): void {
    if (this.#isOver || this.#books.shards[shard]?.state !== "running") return;
    const { open, closing } = this.#books.shards[shard]!.tally.counts;
    this.#books.bury(shard);
    // One that only seemed dead must not go on loading a target that is measured without it.
    this.#order.shards.tell({ type: "stop" }, shard);
    const gone = { type: "shard-died", shard, atNs: this.#talliedNs.get(shard) ?? nowNs() } as const;
    for (const plan of this.#order.plans)
      if (this.#books.shards[plan.shard]?.state === "running") this.#order.shards.tell(gone, plan.shard);
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

  /** Puts a new shard in the place of a dead one while there is something left to hold. */
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
    this.#books.replace(shard);
    this.#ramped.delete(shard);
    this.#heardNs.set(shard, nowNs());
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

  /** The hold begins when every shard that lives has made its last first attempt. */
  #holdIfRamped(): void {
    if (this.#phase !== "ramp" || this.#endNs !== Number.POSITIVE_INFINITY) return;
    if (this.#books.shards.some(({ state }, shard) => state === "running" && !this.#ramped.has(shard))) return;
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
    const dropped = this.#books.sum("stormDropped");
    if (
      this.#phase === "storm" &&
      dropped > 0 &&
      this.#books.sum("stormBack") === dropped &&
      this.#books.sum("closing") === 0
    )
      this.#enter("hold", nowNs());
  }

  #endIfOver(): void {
    if (this.#isOver || !this.#books.isOver) return;
    this.#isOver = true;
    this.#over();
  }

  #tick(): void {
    const atNs = nowNs();
    this.#forgiveOwnLateness(atNs);
    this.#holdIfBack();
    this.#stopIfDue(this.#record.tick(atNs));
    const drainNs =
      (this.#order.scenario.connections / (this.#order.plans[0]?.closePerSecond ?? 1)) * 1e9 +
      drainSpareNs +
      (this.#order.additions?.drainMs ?? 0) * 1e6;
    for (const [shard, heardNs] of this.#heardNs) {
      const isQuiet = atNs - heardNs > mostQuietNs;
      if (this.#books.shards[shard]?.state !== "running" || !(isQuiet || atNs > this.#endNs + drainNs + this.#lateNs))
        continue;
      this.died(
        shard,
        `shard ${shard} ${isQuiet ? `said nothing for ${mostQuietNs / 1e9} s` : "did not close its connections in time"}`,
      );
    }
  }

  /**
   * A limit that ends the run was missed: it drains at once, and what was planned and not done is explained by that.
   */
  #stopIfDue(second: SecondSoFar): void {
    if (this.#phase !== "ramp" && this.#phase !== "hold" && this.#phase !== "storm") return;
    const stopped = this.#stopRules.map((rule) => rule(second)).find((found) => found !== null);
    if (stopped == null) return;
    this.#record.stoppedEarly(stopped);
    this.#stop();
  }

  /** When we are late ourselves, what the shards said meanwhile waits to be read: their silence is ours. */
  #forgiveOwnLateness(atNs: number): void {
    const lateNs = atNs - this.#tickedNs - 1e9;
    this.#tickedNs = atNs;
    if (!(lateNs > 0.5e9)) return;
    this.#lateNs += lateNs;
    for (const [shard, heardNs] of this.#heardNs) this.#heardNs.set(shard, heardNs + lateNs);
  }

  /**
   * In the drain too: pushes and answers are still waited for then, and connections still have to be ended in good
   * order.
   */
  #targetDied(endpoint: number): void {
    if (this.#isOver) return;
    this.#deadEndpoints.add(endpoint);
    this.#record.replicaEnded(`replica ${endpoint} of the target exited by itself; its log is in the run's folder`);
    this.#order.shards.tell({ type: "target-died", endpoint });
    if (this.#phase === "drain" || this.#deadEndpoints.size < this.#order.target.endpoints.length) return;
    // Nothing is left to measure. The shards hear of the death first and name its connections by it.
    setTimeout(() => this.#stop(), 1500);
  }

  /**
   * Ends that nobody told: of processes given by id, and of one that took its connections, and so the run, with it a
   * moment ago.
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
