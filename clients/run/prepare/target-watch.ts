/** What a target uses, wherever it runs: read from this machine's /proc, or told by the keeper of another. */
import { ProcessTree, type TreeSample } from "../../measure/host/process-tree.ts";
import type { Reason } from "../../report/model/report.ts";

export interface TargetWatch {
  /** One sample a replica, in our clock; the last ones again where there are no newer, none once it was lost. */
  sample(): TreeSample[];
  /** What the owner calls the processes, one a replica; empty: nothing. */
  names(): string[];
  /** What a reader of the report should know of how they run. */
  notes(): Reason[];
  /** Why nothing is known any more; null while it is. */
  readonly lost: string | null;
  close(): void;
}

/** Watches processes of this machine, each with all below it. */
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
