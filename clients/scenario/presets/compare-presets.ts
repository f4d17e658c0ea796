/**
 * The comparisons that have a name, as data: scenarios by name, in the order in which they are run. Nothing is imported
 * here.
 */

/** The built-in runtimes a comparison is of when it names none. */
export const comparedTargets: readonly string[] = ["go", "cpython", "pypy", "node"];

export interface ComparePreset {
  title: string;
  repeats: number;
  scenarios: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export const comparePresets = {
  quick: {
    title: "Go, CPython, PyPy and Node.js: quick comparison",
    repeats: 2,
    scenarios: {
      connections: {
        kind: "connections",
        title: "3,000 connections, a 100-byte push every 1 s",
        connections: 3000,
        rampPerSecond: 2000,
        hold: "5s",
        push: { interval: "1s", bytes: 100 },
      },
      api: {
        kind: "api",
        title: "100 users request a user stored in Redis",
        users: 100,
        warmUp: "4s",
        hold: "3s",
        rampPerSecond: 1000,
      },
      streams: {
        kind: "streams",
        title: "200 users request streams of 10 events, one every 50 ms",
        users: 200,
        rampPerSecond: 2000,
        hold: "2s",
        body: JSON.stringify({ events: 10, intervalMs: 50, bytes: 24 }),
      },
      pipeline: {
        kind: "pipeline",
        title: "100,000 JSON log lines of 500 bytes",
        lines: 100_000,
        repeats: 1,
        starts: 1,
      },
    },
  },
  article: {
    title: "The published comparison, repeated on this machine",
    repeats: 3,
    scenarios: {
      connections: {
        kind: "connections",
        title: "10,000 connections, a 100-byte push every 10 s for 60 s",
        connections: 10_000,
        rampPerSecond: 1000,
        hold: "60s",
        push: { interval: "10s", bytes: 100 },
      },
      api: { kind: "api", title: "100 users for 60 s", users: 100, warmUp: "5s", hold: "60s" },
      users: {
        kind: "api",
        title: "10 to 1,000 users",
        sweep: [10, 50, 100, 200, 500, 1000],
        warmUp: "2s",
        hold: "10s",
      },
      streams: {
        kind: "streams",
        title: "1,000 users request streams of 100 events, one every 100 ms, for 60 s",
        users: 1000,
        rampPerSecond: 500,
        hold: "60s",
        body: JSON.stringify({ events: 100, intervalMs: 100, bytes: 24 }),
      },
      pipeline: {
        kind: "pipeline",
        title: "100,000 JSON log lines of 500 bytes",
        lines: 100_000,
        repeats: 5,
        starts: 5,
      },
      capacity: {
        kind: "capacity",
        title: "Most connections held stably",
        push: { interval: "10s", bytes: 100 },
        search: { preset: "quick", finalTrial: "30s" },
      },
    },
  },
} as const satisfies Record<string, ComparePreset>;

export type ComparePresetName = keyof typeof comparePresets;
