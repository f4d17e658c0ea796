/**
 * Real runs of every kind at once, seconds long, on one page that a real Prometheus scrapes: what the dashboards are
 * tried on.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExposedRuns } from "../../clients/metrics/exposed-runs.ts";
import { type MetricsServer, serveMetrics } from "../../clients/metrics/metrics-server.ts";
import type { Report } from "../../clients/report/model/report.ts";
import { LocalShards } from "../../clients/run/coordinate/local-shards.ts";
import type { ExecuteOptions } from "../../clients/run/execute.ts";
import { executeScenario } from "../../clients/run/executors.ts";
import { readScenario } from "../../clients/scenario/read-scenario.ts";
import { checkAvailability } from "../../clients/target/availability.ts";
import { needsBuild } from "../../clients/target/build.ts";
import { findTarget, readManifests } from "../../clients/target/manifest.ts";
import { projectFolder } from "../project-folder.ts";

/** Longer than the page shows a run after its end. */
const longAgoMs = 120_000;

const script = (name: string): string => join(projectFolder, `services/target-rehearsal/scripts/${name}.yaml`);
const rehearsal = { target: "rehearsal", push: { interval: "500ms" }, rampPerSecond: 60 };

const said = '{"t":"say","room":"{{room}}","id":{{message}}}';

/** A scenario of every kind, by a name of ours. All that a dashboard shows happens in one of them. */
const scenarios = {
  held: {
    ...rehearsal,
    kind: "connections",
    connections: 60,
    hold: "12s",
    ping: "1s",
    churn: { perMinute: 200 },
    slowReaders: { share: 0.1, bytesPerSecond: 1000 },
  },
  killed: { ...rehearsal, kind: "connections", connections: 40, shards: 2, hold: "12s" },
  // Everything is gone 5 s after all are open, and nobody comes back.
  outage: { ...rehearsal, kind: "connections", connections: 100, hold: "14s", faults: script("mass-drop") },
  // Clients that say who they are, beat, and speak to rooms.
  talking: {
    ...rehearsal,
    kind: "connections",
    hold: "6s",
    faults: script("talk"),
    vars: { room: "r{{index / 20}}" },
    groups: [
      { name: "speakers", connections: 4, publish: { every: "500ms", send: said, reaches: "room" } },
      { name: "listeners", connections: 36 },
    ],
    conversation: {
      opening: [
        { send: '{"t":"auth","token":"k{{index}}","room":"{{room}}"}' },
        { expect: { json: { t: "welcome" } }, within: "2s" },
      ],
      beats: [{ every: "500ms", send: '{"t":"ping"}', answer: { json: { t: "pong" } } }],
    },
  },
  fleet: {
    ...rehearsal,
    kind: "connections",
    connections: 10,
    hold: "6s",
    protocol: "mqtt",
    churn: { perMinute: 200 },
    tls: { serve: true },
    mqtt: { qos: 1, publish: { topic: "up/{{index}}", every: "1s", qos: 1 } },
  },
  unstamped: { ...rehearsal, kind: "connections", connections: 10, hold: "4s", faults: script("unstamped") },
  soak: { ...rehearsal, kind: "soak", connections: 20, hold: "8s", warmUp: "1s", residueAfter: "1s" },
  api: { kind: "api", target: "rehearsal", sweep: [2, 4], warmUp: "500ms", hold: "3s" },
  streams: { kind: "streams", target: "node", users: 4, hold: "3s", body: '{"events":5,"intervalMs":50}' },
  capacity: {
    kind: "capacity",
    target: "rehearsal",
    push: { interval: "500ms" },
    search: {
      minimum: 10,
      maximum: 20,
      initialTrial: "1s",
      finalTrial: "1s",
      durationSum: "1s",
      confirm: "0s",
      mostTrials: 3,
    },
  },
  lines: { kind: "pipeline", target: "node", lines: 20_000, repeats: 4, starts: 0, variants: ["node"] },
  reference: { kind: "pipeline", target: "cpython", lines: 20_000, repeats: 2, starts: 0, variants: ["json"] },
} as const;

export type SmokeRun = keyof typeof scenarios;

export class SmokeRuns {
  readonly #exposed = new ExposedRuns();
  readonly #folder = mkdtempSync(join(tmpdir(), "holdfast-smoke-"));
  readonly #stop = new AbortController();
  readonly #ids = new Map<SmokeRun, string>();
  readonly #killable = new LocalShards();
  #areLongOver = false;

  /** The page, empty until runs are begun. */
  serve(): Promise<MetricsServer> {
    return serveMetrics({ host: "127.0.0.1", port: 0 }, () => this.#exposed.list().map((run) => this.#aged(run)));
  }

  #aged<Run extends { endedAtMs: number | null }>(run: Run): Run {
    return this.#areLongOver && run.endedAtMs !== null ? { ...run, endedAtMs: run.endedAtMs - longAgoMs } : run;
  }

  /** The run's id; throws before the run has begun. */
  id(name: SmokeRun): string {
    const id = this.#ids.get(name);
    if (id === undefined) throw new Error(`run ${name} has not begun`);
    return id;
  }

  /** Runs all of them at once. Those whose target is not on this machine, or not built, are left out. */
  async run(): Promise<Map<SmokeRun, Report>> {
    const reports = new Map<SmokeRun, Report>();
    const chosen = await here();
    await Promise.all(chosen.map(async (name) => reports.set(name, await this.#execute(name))));
    return reports;
  }

  #execute(name: SmokeRun): Promise<Report> {
    const { target, ...fields } = scenarios[name];
    const options: ExecuteOptions = {
      runsFolder: this.#folder,
      watch: (run) => {
        this.#ids.set(name, run);
        return [this.#exposed.observer()];
      },
      signal: this.#stop.signal,
      allowedHosts: [],
      say: () => {},
      ...(name === "killed" ? { makeShards: () => this.#killable } : {}),
    };
    return executeScenario(readScenario({ ...fields, target }) as never, target, options);
  }

  /** Kills the first shard process of the run `killed`. */
  killShard(): void {
    process.kill(this.#killable.pids[0]!, "SIGKILL");
  }

  /** From now on the page takes every finished run for one that ended long ago. */
  becomeLongOver(): void {
    this.#areLongOver = true;
  }

  /** Stops what still runs; the folder goes with it. */
  close(): void {
    this.#stop.abort();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function here(): Promise<SmokeRun[]> {
  const manifests = readManifests();
  const chosen: SmokeRun[] = [];
  for (const name of Object.keys(scenarios) as SmokeRun[]) {
    const manifest = findTarget(manifests, scenarios[name].target);
    if ((await checkAvailability(manifest)).state !== "unavailable" && !needsBuild(manifest)) chosen.push(name);
  }
  return chosen;
}
