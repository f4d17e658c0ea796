import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type HostLimits, readHostLimits } from "../../measure/host/host-limits.ts";
import { preflight, worstVerdict } from "./preflight.ts";
import { diskRow, pipelinePreflight, redisRow } from "./preflight-needs.ts";
import type { PreflightPlan, PreflightRow } from "./preflight-row.ts";

const plan: PreflightPlan = {
  connections: 30_000,
  shards: 2,
  perShardConnections: 15_000,
  sources: 2,
  destinations: 1,
  replicas: 2,
  targetOnThisHost: true,
};
const nothing = readHostLimits(() => null);
const good: HostLimits = {
  ...nothing,
  openFilesHard: 20_000,
  openFilesCeiling: 1_048_576,
  systemFilesMax: 2_000_000,
  systemFilesOpen: 1000,
  localPortLow: 32_768,
  localPortHigh: 60_999,
  acceptQueueMax: 4096,
  synBacklogMax: 2048,
  synCookies: 1,
  abortOnOverflow: 0,
  synRetries: 6,
  conntrackMax: 262_144,
  conntrackCount: 100,
  netdevBacklogMax: 1000,
  tcpMemoryPressurePages: 380_000,
  tcpMemoryUsedPages: 100,
  orphansMax: 131_072,
  orphans: 0,
  timeWaitMax: 131_072,
  timeWait: 0,
  timeWaitReuse: 2,
  memoryAvailableMiB: 20_000,
  clockShiftSeconds: 0,
  clockSource: "tsc",
  stealShare: 0,
};

function rowOf(
  name: string,
  limits: Partial<HostLimits>,
  changed: Partial<PreflightPlan> = {},
): PreflightRow | undefined {
  return preflight({ ...plan, ...changed }, { ...good, ...limits }).find(({ row }) => row === name);
}

describe("the pre-flight table", () => {
  it("is all ok on a host with room, and ok rows have no fix", () => {
    const rows = preflight(plan, good);
    assert.equal(worstVerdict(rows), "ok");
    assert.ok(rows.every(({ fix }) => fix === null));
    assert.equal(rows.length, 19);
    assert.equal(new Set(rows.map(({ row }) => row)).size, rows.length);
  });

  it("has no row for what cannot be read", () => {
    assert.deepEqual(preflight(plan, nothing), []);
  });

  it("shows its calculation", () => {
    assert.equal(rowOf("open files, each shard process", {})?.need, "15,000 connections + 64 = 15,064");
    assert.equal(rowOf("local ports", {})?.value, "56,464 = 2 sources x 1 destinations x 28,232 ports");
  });

  const cases: [row: string, limits: Partial<HostLimits>, changed: Partial<PreflightPlan>, verdict: string][] = [
    ["open files, each shard process", { openFilesHard: 15_064 }, {}, "ok"],
    ["open files, each shard process", { openFilesHard: 15_063 }, {}, "refuse"],
    ["open files, each shard process", { openFilesHard: Number.POSITIVE_INFINITY }, {}, "ok"],
    ["open files, each target process", {}, { replicas: 1 }, "refuse"],
    ["local ports", {}, { sources: 1 }, "refuse"],
    ["local ports", {}, { sources: 1, destinations: 2 }, "ok"],
    ["connection tracking", { conntrackMax: 60_000 }, {}, "warn"],
    ["connection tracking", { conntrackMax: 30_000 }, {}, "refuse"],
    ["memory", { memoryAvailableMiB: 800 }, {}, "warn"],
    ["memory", { memoryAvailableMiB: 300 }, {}, "refuse"],
    ["memory", { memoryAvailableMiB: 1500 }, {}, "ok"],
    ["memory", { memoryAvailableMiB: 2000 }, { tls: true }, "warn"],
    ["memory", { memoryAvailableMiB: 1500 }, { tls: true }, "refuse"],
    ["memory", { cgroupMemoryMaxMiB: 512, cgroupMemoryUsedMiB: 300 }, {}, "refuse"],
    ["pids.max", { pidsMax: 64, pidsCount: 10 }, {}, "refuse"],
    ["cpu.max", { quotaCores: 1.5 }, {}, "warn"],
    ["net.ipv4.tcp_abort_on_overflow", { abortOnOverflow: 1 }, {}, "warn"],
    ["net.core.somaxconn", { acceptQueueMax: 128 }, {}, "warn"],
    ["net.core.somaxconn", { acceptQueueMax: 128 }, { connections: 100 }, "ok"],
    ["clocksource", { clockSource: "hpet" }, {}, "warn"],
    ["steal time", { stealShare: 0.05 }, {}, "warn"],
    ["time namespace", { clockShiftSeconds: 5 }, {}, "warn"],
  ];
  for (const [name, limits, changed, verdict] of cases) {
    it(`${name} with ${JSON.stringify({ ...limits, ...changed })}: ${verdict}`, () => {
      const row = rowOf(name, limits, changed);
      assert.equal(row?.verdict, verdict);
      assert.equal(row?.fix === null, verdict === "ok");
    });
  }

  it("requires less of this host when the target is elsewhere", () => {
    const rows = preflight({ ...plan, targetOnThisHost: false }, good);
    assert.ok(rows.every(({ row }) => !row.includes("target") && row !== "net.core.somaxconn"));
    assert.match(rows.find(({ row }) => row === "fs.file-max")!.need, /30,000 ends of connections/);
  });

  it("uses the worst row as its verdict", () => {
    assert.equal(worstVerdict(preflight(plan, { ...good, clockSource: "hpet" })), "warn");
    assert.equal(worstVerdict(preflight(plan, { ...good, clockSource: "hpet", openFilesHard: 64 })), "refuse");
  });
});

describe("the pre-flight rows of other kinds", () => {
  const log = { lines: 1_000_000, bytesPerLine: 500 };

  it("refuse a log for which the disk has no room, to the byte", () => {
    const need = 500_000_000 + 2 ** 28;
    assert.equal(diskRow(log, need).verdict, "ok");
    const { verdict, need: sum, fix } = diskRow(log, need - 1);
    assert.deepEqual([verdict, fix], ["refuse", "use fewer lines or another --runs folder"]);
    assert.match(sum, /1,000,000 lines x 500 B \+ 256 MiB to spare = 0.7 GiB/);
  });

  it("of a pipeline are those of a disk and a processor, whatever the host's limits for connections", () => {
    const rows = pipelinePreflight(log, 2 ** 40, { ...good, openFilesHard: 10, quotaCores: 0.5 });
    assert.deepEqual(
      rows.map(({ row, verdict }) => [row, verdict]),
      [
        ["disk space for the log", "ok"],
        ["cpu.max", "warn"],
        ["steal time", "ok"],
      ],
    );
  });

  it("say what to do about a missing Redis", () => {
    assert.match(redisRow(null, false).fix ?? "", /apt-get install redis-server/);
    assert.deepEqual([redisRow("redis://h:1", true).verdict, redisRow("redis://h:1", false).verdict], ["ok", "refuse"]);
  });
});
