/**
 * A soak of one target: a connections run that is also judged for leaks, drift and residue after the drain
 * (docs/soak.md).
 */
import { formatDuration } from "../../report/model/format.ts";
import type { Reason, Report } from "../../report/model/report.ts";
import type { SoakBlock } from "../../report/model/schema/soak-block.ts";
import { durationMs } from "../../scenario/duration.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import type { SoakScenario } from "../../scenario/soak-schema.ts";
import type { RunObserver } from "../coordinate/observer.ts";
import type { RunAdditions } from "../coordinate/run-order.ts";
import { defaultPush, type RunTarget } from "../prepare/run-target.ts";
import type { LateJudge, RunKind } from "../run-kind.ts";
import { connectionsPlan } from "./connections-kind.ts";
import { type Held, readHeld, settledResidue } from "./residue.ts";
import { soakBlock, withSoak } from "./soak-findings.ts";
import { replacedIn, SoakWatch } from "./soak-watch.ts";

/**
 * The running report's block is recomputed when the hold has grown by this share, and every minute: its statistics are
 * too expensive for every second, but a killed soak should have judged nearly all of its hold.
 */
const blockShare = 0.05;
const blockEveryMs = 60_000;

export const soakKind: RunKind<SoakScenario> = {
  name: "soak",
  plan: (scenario, target) => {
    const soak = new Soak(scenario);
    const { additions } = soak;
    return {
      ...connectionsPlan(connectionsOf(scenario), target),
      additions,
      replaceDeadShards: scenario.replaceDeadShards,
      judgedAfterDrain: soak,
    };
  },
};

/** The connections run within a soak. */
function connectionsOf(scenario: SoakScenario): ConnectionsScenario {
  const {
    memoryGrowth: _,
    latencyDrift: __,
    lifetime: ___,
    warmUp: ____,
    residueAfter: _____,
    replaceDeadShards: ______,
    ...shared
  } = scenario;
  return { ...shared, kind: "connections" };
}

class Soak implements LateJudge {
  readonly #scenario: SoakScenario;
  readonly #watch: SoakWatch;
  readonly additions: RunAdditions;
  readonly #withheld: RunObserver[] = [];
  #before: Held = readHeld([]);
  /** The block last computed during the run. */
  #block: { atMs: number; block: SoakBlock } | null = null;

  constructor(scenario: SoakScenario) {
    this.#scenario = scenario;
    this.#watch = new SoakWatch(durationMs((scenario.push ?? defaultPush).interval));
    this.additions = { scenario, interval: () => ({}), report: () => ({ blocks: this.#current() }), drainMs: 0 };
  }

  /** The verdict is only known after the drain, so observers are notified of the end only then. */
  #withhold(watcher: RunObserver): RunObserver {
    this.#withheld.push(watcher);
    return {
      begun: (report) => watcher.begun?.(report),
      phase: (phase, atMs, stage) => watcher.phase?.(phase, atMs, stage),
      snapshot: (snapshot) => watcher.snapshot?.(snapshot),
      events: (events) => watcher.events?.(events),
    };
  }

  begin({ pids }: RunTarget, watchers: RunObserver[]): RunObserver[] {
    this.#before = readHeld(pids);
    return [this.#watch, ...watchers.map((watcher) => this.#withhold(watcher))];
  }

  /**
   * Nothing before the first second of the hold: a block without samples would wrongly say that nothing was watched.
   */
  #current(): { soak?: SoakBlock } {
    const { lastMs, holdMs } = this.#watch;
    if (holdMs === null || lastMs <= holdMs) return {};
    const dueMs = Math.min(blockEveryMs, (lastMs - holdMs) * blockShare);
    if (this.#block === null || lastMs - this.#block.atMs >= dueMs)
      this.#block = { atMs: lastMs, block: soakBlock(this.#scenario, this.#watch, []) };
    return { soak: this.#block.block };
  }

  async judge(report: Report, { pids }: RunTarget): Promise<Report> {
    const bare = soakBlock(this.#scenario, this.#watch, []);
    const { opened, reconnects } = report.connections;
    const levels = this.#watch.targetMemory.series.values;
    const held = this.#scenario.stages === undefined ? (levels[0] ?? 0) : Math.max(0, ...levels);
    const taken = Math.max(0, held - (this.#before.targetBytes ?? 0));
    const terms = { connections: opened + reconnects.opened, allowedBytes: taken + (bare.memory?.budget ?? 0) };
    const residue = await settledResidue(pids, this.#before, terms, durationMs(this.#scenario.residueAfter));
    const judged = withSoak(report, { ...bare, residue, replacedShards: replacedIn(report) }, this.#scenario);
    const last =
      report.state === "interrupted" ? { ...judged, notes: [...judged.notes, this.#cutShort(bare)] } : judged;
    for (const watcher of this.#withheld) watcher.ended?.(last);
    return last;
  }

  neverBegan(report: Report): void {
    for (const watcher of this.#withheld) watcher.ended?.(report);
  }

  #cutShort({ heldMs }: SoakBlock): Reason {
    const text = `stopped after ${formatDuration(heldMs)} of the planned ${this.#scenario.hold}: the findings cover only that time`;
    return { code: "soak-cut-short", text };
  }
}
