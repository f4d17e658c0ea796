/** Reports made up for tests and for looking at the pages: plausible, complete, and never measured. */

import type { Interval } from "../model/interval.ts";
import type { Report } from "../model/report.ts";

const sampleTarget: Report["target"] = {
  name: "go",
  version: "go1.24.4",
  settings: { GOMAXPROCS: "2" },
  url: "ws://127.0.0.1:8081/push",
  replicas: 1,
};

const sampleHost: Report["host"] = {
  name: "bench-1",
  os: "Linux",
  kernel: "6.1.0",
  cpu: "AMD EPYC 7B13",
  cores: 2,
  memoryMiB: 24_000,
  node: "v20.20.2",
  holdfast: "0.1.0",
  sharedWithTarget: true,
};

const sampleUsage: Report["usage"] = {
  target: {
    rssMiB: { steady: 158.2, peak: 171.4 },
    pssMiB: { steady: 150.1, peak: 162.0 },
    cpu: { mean: 0.21, peak: 0.94 },
    fds: 10_012,
    threads: 9,
  },
  generator: {
    rssMiB: { steady: 88, peak: 91 },
    cpu: { mean: 0.12, peak: 0.61 },
    fds: 10_031,
    bytesPerConnection: 912,
  },
};

/** A finished, passing run of 10,000 connections; `changes` replace whole top-level fields. */
export function sampleReport(changes: Partial<Report> = {}): Report {
  return {
    schema: 1,
    run: "2026-11-23-go-1",
    kind: "connections",
    state: "finished",
    target: sampleTarget,
    host: sampleHost,
    engine: "kernel",
    clock: "kernel",
    protocol: "websocket",
    verdict: "pass",
    reasons: [],
    notes: [],
    limits: [
      { limit: "pushLatencyMs.p99", atMost: 100, measured: 21.6, ok: true },
      { limit: "unexpectedCloseRatio", atMost: 0.00001, measured: 0, ok: true },
    ],
    connections: {
      planned: 10_000,
      attempted: 10_000,
      opened: 9_990,
      refused: 10,
      notAttempted: 0,
      peak: 9_990,
      closedByPlan: 9_978,
      closedUnexpectedly: 12,
      byCause: { "upgrade-rejected": 10, "close-frame": 8, reset: 4, planned: 9_978 },
      byCode: { "upgrade-rejected:503": 10, "close-frame:1012": 7, "close-frame:1001": 1 },
      reconnects: { attempted: 0, opened: 0, refused: 0 },
    },
    pushes: { due: 59_940, received: 59_930, late: 3, lost: 10, duplicated: 0, outOfOrder: 0, corrupted: 0 },
    latencyMs: {
      push: { count: 59_930, p50: 8.4, p90: 14.2, p99: 21.6, p999: 34.1, max: 58.9 },
      delivery: { count: 59_930, p50: 0.31, p90: 0.62, p99: 1.4, p999: 6.2, max: 11 },
      tickLag: { count: 59_930, p50: 8.0, p90: 13.6, p99: 20.9, p999: 33.2, max: 57.1 },
      generatorGap: { count: 59_930, p50: 0.012, p90: 0.03, p99: 0.071, p999: 0.4, max: 1.9 },
      connect: { count: 9_990, p50: 0.9, p90: 2.1, p99: 5.4, p999: 9.9, max: 14.2 },
      ping: null,
    },
    usage: sampleUsage,
    timing: {
      startedAt: "2026-11-23T07:30:00.000Z",
      rampMs: 5_000,
      heldMs: 60_000,
      endedAt: "2026-11-23T07:31:07.400Z",
      phases: [
        { phase: "ramp", atMs: 0 },
        { phase: "hold", atMs: 5_000 },
        { phase: "drain", atMs: 65_000 },
        { phase: "done", atMs: 67_400 },
      ],
    },
    trust: {
      shards: 1,
      unstampedReads: 0,
      sharedStamps: 14,
      reads: 59_930,
      loopDelayMaxMs: 2.4,
      clockJumps: 0,
      gapP99Ms: 0.071,
    },
    distribution: { push: sampleDistribution(8.4) },
    events: { written: 22, leftOut: 0 },
    scenario: {
      kind: "connections",
      target: "go",
      protocol: "websocket",
      connections: 10_000,
      ramp: 2_000,
      hold: "60s",
      push: { interval: "10s", bytes: 100 },
      limits: { pushLatencyMs: { p99: 100 } },
    },
    ...changes,
  };
}

function sampleDistribution(medianMs: number): { ms: number; share: number }[] {
  return Array.from({ length: 60 }, (_, index) => {
    const share = 1 - 0.5 ** ((index + 1) / 4);
    return { ms: medianMs * (0.35 + ((index + 1) / 4) ** 1.15 * 0.65), share };
  });
}

/** The nothing-at-all report: no push measured, nothing opened, the run just begun; `changes` as above. */
export function emptyReport(changes: Partial<Report> = {}): Report {
  const nothing = {
    planned: 10_000,
    attempted: 0,
    opened: 0,
    refused: 0,
    notAttempted: 0,
    peak: 0,
    closedByPlan: 0,
    closedUnexpectedly: 0,
  };
  return {
    ...sampleReport(),
    state: "running",
    verdict: null,
    limits: [],
    connections: { ...nothing, byCause: {}, byCode: {}, reconnects: { attempted: 0, opened: 0, refused: 0 } },
    pushes: null,
    latencyMs: {},
    usage: {
      target: null,
      generator: { rssMiB: { steady: 0, peak: 0 }, cpu: { mean: 0, peak: 0 }, fds: 0, bytesPerConnection: null },
    },
    timing: { startedAt: "2026-11-23T07:30:00.000Z", rampMs: 0, heldMs: 0, endedAt: null, phases: [] },
    trust: {
      shards: 0,
      unstampedReads: 0,
      sharedStamps: 0,
      reads: 0,
      loopDelayMaxMs: 0,
      clockJumps: 0,
      gapP99Ms: null,
    },
    distribution: {},
    ...changes,
  };
}

/**
 * `length` seconds of {@link sampleReport}: a ramp of 5 s, pushes in bursts each 10 s, a small disconnect wave in the
 * middle.
 */
export function sampleIntervals(length: number, slowness = 1): Interval[] {
  return Array.from({ length }, (_, index) => sampleInterval(index, length, slowness));
}

function sampleInterval(index: number, length: number, slowness: number): Interval {
  const { connections } = sampleReport();
  const ramped = Math.min(1, (index + 1) / 5);
  const isBurst = index % 10 === 4;
  const wave = index >= Math.floor(length / 2) ? 8 : 0;
  const resets = index >= Math.floor(length * 0.7) ? 4 : 0;
  const wobble = (Math.sin(index * 1.7) + 1) / 2;
  const p99 = (16 + wobble * 9 + (index === Math.floor(length / 2) ? 70 : 0)) * slowness;
  const quantiles = {
    count: 9_990,
    p50: (7 + wobble * 3) * slowness,
    p90: p99 * 0.8,
    p99,
    p999: p99 * 1.4,
    max: p99 * 1.9,
  };
  const gap = { count: 9_990, p50: 0.01, p90: 0.03, p99: 0.05 + wobble * 0.05, p999: 0.3, max: 0.8 };
  const received = 9_990 * Math.floor((index + 6) / 10);
  return {
    atMs: (index + 1) * 1000,
    phase: index < 5 ? "ramp" : "hold",
    connections: {
      ...connections,
      open: Math.round(9_990 * ramped) - wave - resets,
      connecting: ramped < 1 ? 40 : 0,
      closing: 0,
      backoff: 0,
      opened: Math.round(9_990 * ramped),
      byCause: { "upgrade-rejected": index >= 3 ? 10 : 0, "close-frame": wave, reset: resets },
      byCode: {},
    },
    pushes: { due: received, received, late: 0, lost: 0, duplicated: 0, outOfOrder: 0, corrupted: 0 },
    latencyMs: isBurst ? { push: quantiles, generatorGap: gap } : {},
    usage: {
      target: {
        rssMiB: 20 + 140 * ramped + index * 0.05,
        cpu: isBurst ? 0.9 * Math.min(1.8, slowness) : 0.04 + wobble * 0.05,
        fds: 10_012,
        threads: 9,
      },
      generator: { rssMiB: 60 + 28 * ramped, cpu: isBurst ? 0.55 : 0.03, fds: 10_031, loopDelayMs: 0.2 + wobble },
    },
    unstampedReads: 0,
    sharedStamps: index,
    bytesReceived: received * 104,
  };
}
