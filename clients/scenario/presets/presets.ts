/** Scenarios with a name. */

import { ScenarioError } from "../read-scenario.ts";
import { type ComparePresetName, comparedTargets, comparePresets } from "./compare-presets.ts";

const isPreset = (name: string): name is ComparePresetName => Object.hasOwn(comparePresets, name);

/** Every name there is. */
export const presetNames = (): string[] => Object.keys(comparePresets);

function requirePreset(name: string): ComparePresetName {
  if (!isPreset(name))
    throw new ScenarioError([{ field: "preset", text: `expected one of ${presetNames().join(", ")}, got "${name}"` }]);
  return name;
}

/** A preset as one would write it. Throws {@link ScenarioError} naming those there are. */
export function presetOf(name: string): Record<string, unknown> {
  const { title, repeats, scenarios } = comparePresets[requirePreset(name)];
  return structuredClone({
    kind: "compare",
    title,
    preset: name,
    targets: [...comparedTargets],
    scenarios: Object.values(scenarios),
    repeats,
  });
}

/**
 * The long connections of a preset, for a comparison of these alone. Throws {@link ScenarioError} as {@link presetOf}
 * does.
 */
export function connectionsOfPreset(name: string): Record<string, unknown> {
  return structuredClone(comparePresets[requirePreset(name)].scenarios.connections) as Record<string, unknown>;
}
