/** Resource usage of a target, wherever it runs: from this machine's /proc, or from a keeper on another. */
import { ProcessTree, type TreeSample } from "../../measure/host/process-tree.ts";
import type { Reason } from "../../report/model/report.ts";

export interface TargetWatch {
  /** One sample per replica in our clock; repeated when there is no newer one, empty once the source is lost. */
  sample(): TreeSample[];
  /** The owner's names of the processes, one per replica; empty where none were given. */
  names(): string[];
  /** Notes for the report on how the processes run. */
  notes(): Reason[];
  /** Why usage is no longer known; null while it is. */
  readonly lost: string | null;
  close(): void;
}

/** Watches local processes, each with its descendants. */
export function watchProcesses(pids: readonly number[]): TargetWatch {
  const trees = pids.map((pid) => new ProcessTree([pid]));
  return {
    sample: () => trees.map((tree) => tree.sample()),
    names: () => [],
    notes: () => [],
    lost: null,
    close: () => {},
  };
}
