/** Scenarios with a name. */
import { ScenarioError } from "./read-scenario.ts";

const presets: Record<string, Record<string, unknown>> = {
  /** What `npm start` runs: every built-in runtime, in about three minutes. */
  quick: {
    kind: "connections",
    title: "Long connections, quick comparison",
    target: ["go", "cpython", "pypy", "node"],
    connections: 5000,
    rampPerSecond: 1000,
    hold: "25s",
    push: { interval: "5s", bytes: 100 },
  },
  /** The published comparison's third table. */
  article: {
    kind: "connections",
    title: "10,000 connections, a 100-byte push every 10 s",
    target: ["go", "cpython", "pypy", "node"],
    connections: 10_000,
    rampPerSecond: 1000,
    hold: "60s",
    push: { interval: "10s", bytes: 100 },
  },
};

/** Every name there is. */
export const presetNames = (): string[] => Object.keys(presets);

/** A copy of a preset. Throws {@link ScenarioError} naming those there are. */
export function presetOf(name: string): Record<string, unknown> {
  const preset = presets[name];
  if (preset === undefined) throw new ScenarioError([{ field: "preset", text: `expected one of ${Object.keys(presets).join(", ")}, got "${name}"` }]);
  return structuredClone(preset);
}
