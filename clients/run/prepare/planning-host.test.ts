/** Whatever carries a run's shards gives its limits, and runs of every kind are planned for these. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Endpoint } from "../../connection/engine.ts";
import type { ShardPlan } from "../../generator/plan.ts";
import { loopbackSources, sparedDescriptors } from "../../plan/shard.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import { LocalShards } from "../coordinate/local-shards.ts";
import type { ExecuteOptions } from "../execute.ts";
import { executeScenario } from "../executors.ts";

const runsFolder = mkdtempSync(join(tmpdir(), "holdfast-planning-"));
after(() => rmSync(runsFolder, { recursive: true, force: true }));

/** Far less than this host has: a plan for this host would be a single shard with one address. */
const perShard = 40;
const host = { descriptorLimit: perShard + sparedDescriptors, ports: 60 };
const connections = 100;

class RecordingShards extends LocalShards {
  readonly #seen: ShardPlan[][];

  constructor(seen: ShardPlan[][]) {
    super();
    this.#seen = seen;
  }

  override prepare(plans: ShardPlan[], listener: Parameters<LocalShards["prepare"]>[1]): Promise<void> {
    this.#seen.push(plans);
    return super.prepare(plans, listener);
  }
}

const push = { interval: "200ms" };
const search = {
  minimum: 90,
  maximum: connections,
  initialTrial: "1s",
  finalTrial: "1s",
  durationSum: "1s",
  confirm: "0s",
  width: 0.2,
};
const kinds = {
  connections: { connections, push, hold: "300ms" },
  soak: { connections, push, hold: "1s", warmUp: "0s", residueAfter: "1s" },
  api: { users: connections, hold: "300ms", warmUp: "100ms" },
  capacity: { push, search },
} as const;

for (const [kind, fields] of Object.entries(kinds)) {
  test(`a run of kind ${kind} is planned for the given host, not for this one`, { timeout: 60_000 }, async () => {
    const seen: ShardPlan[][] = [];
    const asked: (readonly Endpoint[])[] = [];
    const options: ExecuteOptions = {
      runsFolder,
      watch: () => [],
      signal: new AbortController().signal,
      allowedHosts: [],
      say: () => {},
      makeShards: () => new RecordingShards(seen),
      planningHost: (endpoints) => {
        asked.push(endpoints);
        return host;
      },
    };
    const scenario = readScenario({ kind, target: "rehearsal", ...fields }) as never;
    const report = await executeScenario(scenario, "rehearsal", options);
    assert.equal(report.connections.opened, report.connections.planned, JSON.stringify(report.reasons));
    assert.ok(seen.some((plans) => plans.length === 3));
    assert.equal(asked.length, seen.length, "asked once a plan: what carries the shards comes and goes");
    for (const [index, plans] of seen.entries()) {
      const [first] = plans;
      assert.ok(first !== undefined && plans.every(({ engine }) => engine.slots <= perShard));
      assert.equal(plans.length, Math.ceil(first.connections / perShard));
      assert.deepEqual(
        first.engine.sources,
        loopbackSources(first.connections, first.engine.endpoints.length, host.ports),
      );
      assert.ok(first.engine.sources.length > 1);
      assert.deepEqual(asked[index], first.engine.endpoints);
    }
  });
}
