/** `holdfast compare`: a preset's scenarios on several targets, or one scenario of long connections made from flags. */
import type { Command } from "commander";
import { scenarioFields } from "../../scenario/fields.ts";
import { comparedTargets } from "../../scenario/presets/compare-presets.ts";
import { connectionsOfPreset, presetOf } from "../../scenario/presets/presets.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import type { ScenarioKind } from "../../scenario/schema.ts";
import { addRunFlags, append } from "../run-flags.ts";
import { type RunFlags, runScenario } from "../run-scenario.ts";
import { addScenarioFlags, overlay, scenarioFromFlags } from "../scenario-flags.ts";

type CompareFlags = RunFlags & Record<string, unknown> & { preset?: string; scenario?: string[]; repeats?: number };

/** Of the comparison as a whole. */
const ownFields: readonly string[] = ["target", "title", "tags"];
/** Of the target: they are laid over every scenario that knows them. */
const targetFields: readonly string[] = ["targetCpus", "targetMemoryMiB", "replicas", "redis", "profile"];

const help = `
Without any flags about connections, the scenarios of --preset are run: long connections, API and pipeline, each on every target.
With such flags (--connections 1000 --hold 10s), only long connections are compared, once. Targets: all built-in ones
unless --target names some; a URL is a target too.`;

export function addCompareCommand(program: Command, exit: (code: number) => void): void {
  const command = addRunFlags(
    addScenarioFlags(
      program.command("compare").description("run several targets in turn, interleaved and repeated, into one report"),
      "connections",
    ),
  )
    .option(
      "--preset <NAME>",
      "quick: a few minutes on all built-in runtimes; article: the published comparison, about 90 minutes",
    )
    .option("--scenario <NAME>", "only these scenarios of the preset, may be repeated", append)
    .option("--repeats <N>", "how often each scenario is run on each target", Number)
    .addHelpText("after", help);
  command.action(async (flags: CompareFlags) => exit(await runScenario(readScenario(compareInput(flags)), flags)));
}

/** The comparison that the flags ask for. Throws a ScenarioError for a preset there is not. */
export function compareInput(flags: CompareFlags): Record<string, unknown> {
  const given = scenarioFromFlags("connections", flags);
  const { kind: _, target, title, tags, ...rest } = given;
  const preset = flags.preset ?? "quick";
  const whole = presetOf(preset);
  const own = {
    targets: target ?? [...comparedTargets],
    ...(title === undefined ? {} : { title }),
    ...(tags === undefined ? {} : { tags }),
    ...(flags.repeats === undefined ? {} : { repeats: flags.repeats }),
  };
  const isPlain =
    flags.scenario === undefined &&
    Object.keys(rest).some((name) => !targetFields.includes(name) && !ownFields.includes(name));
  if (isPlain)
    return {
      kind: "compare",
      repeats: 1,
      ...own,
      preset,
      scenarios: [overlay(connectionsOfPreset(preset), { ...rest, ...titleOf(rest) })],
    };
  const named = flags.scenario === undefined ? {} : { scenarios: flags.scenario };
  if (Object.keys(rest).length === 0) return { kind: "compare", preset, ...own, ...named };
  return { ...whole, ...own, scenarios: scenariosWith(preset, flags.scenario, rest) };
}

/** The preset's title speaks of its own numbers. */
const titleOf = (rest: Record<string, unknown>): Record<string, unknown> =>
  typeof rest.connections === "number"
    ? { title: `${rest.connections.toLocaleString("en-US")} connections` }
    : { title: "long connections" };

/** The scenarios of a preset with fields of the target laid over those that know them. */
function scenariosWith(
  preset: string,
  names: readonly string[] | undefined,
  fields: Record<string, unknown>,
): unknown[] {
  const { scenarios = [] } = readScenario({
    kind: "compare",
    preset,
    ...(names === undefined ? {} : { scenarios: names }),
  }) as {
    scenarios?: Record<string, unknown>[];
  };
  return scenarios.map((scenario) => {
    const known = new Set(scenarioFields(scenario.kind as ScenarioKind).map(({ path }) => path[0]?.replace("[]", "")));
    return { ...scenario, ...Object.fromEntries(Object.entries(fields).filter(([name]) => known.has(name))) };
  });
}
