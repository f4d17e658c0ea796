/** What the steps of a pipeline run share, and the command of each variant. */
import type { PipelineScenario } from "../../scenario/pipeline-schema.ts";
import { fillCommand, type ManifestTarget } from "../../target/manifest.ts";
import { pinProcessors } from "../../target/processor-pin.ts";
import type { ExecuteOptions } from "../execute.ts";
import type { PipelineRecord } from "./pipeline-record.ts";
import type { VariantRecord } from "./variant-record.ts";

/** Everything the steps of a run share. */
export interface Order {
  scenario: PipelineScenario;
  manifest: ManifestTarget;
  variants: VariantRecord[];
  record: PipelineRecord;
  options: ExecuteOptions;
  folder: string;
  logPath: string;
}

/** A variant's final command: with fields filled in, modified by `wrap`, and pinned. */
export function commandOf(
  { scenario }: Order,
  variant: VariantRecord,
  path: string,
  wrap: (command: string[]) => string[] = (command) => command,
): string[] {
  return [...pinProcessors(scenario.targetCpus ?? null).prefix, ...wrap(fillCommand(variant.command, { file: path }))];
}
