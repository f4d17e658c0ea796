/**
 * Profiles of pipeline variants: each correct variant runs once more under its profiler, without contributing to
 * figures.
 */
import { join } from "node:path";
import { durationMs } from "../../scenario/duration.ts";
import { runMeasured } from "../../target/keeper/measured-command.ts";
import { profileName, readProfile, withProfiler } from "../../target/profile.ts";
import { blockOf, noProfile } from "../prepare/run-profile.ts";
import { commandOf, type Order } from "./pipeline-order.ts";

/** Adds the profiles to the record, or notes why there are none. */
export async function profileVariants(order: Order): Promise<void> {
  const { manifest, variants, record, options, scenario, folder } = order;
  const { profiler } = manifest;
  if (profiler === undefined) {
    record.note({
      code: "not-profiled",
      text: `target ${manifest.name} was not profiled: its target.json has no profiler`,
    });
    return;
  }
  for (const variant of variants.filter(({ state }) => state === "ok")) {
    if (options.signal.aborted) return;
    options.say(`${manifest.name}, ${variant.name}: one more run, under the profiler`);
    const file = profileName(variant.name, profiler);
    const path = join(folder, file);
    try {
      const command = commandOf(order, variant, order.logPath, (plain) =>
        withProfiler(profiler, plain, "pipeline", { profile: path, address: "" }),
      );
      const end = await runMeasured(
        { command, folder: manifest.folder, timeoutMs: 4 * durationMs(scenario.timeout), memoryMiB: null },
        options.signal,
      );
      if (end.code !== 0)
        throw new Error(`the command exited with ${end.code ?? end.signal}: ${end.stderr.trim().split("\n").at(-1)}`);
      const summary = await readProfile(manifest, profiler, path);
      if (summary.top.length === 0)
        throw new Error("the profiler took no sample (it samples every 10 ms); use more --lines");
      record.profiles.push(blockOf(variant.name, profiler.format, file, summary));
    } catch (error) {
      record.note(noProfile(variant.name, error));
    }
  }
}
