/** What a target uses, wherever it runs: read from this machine's /proc, or told by the keeper of another. */
import { ProcessTree, type TreeSample } from "../../measure/host/process-tree.ts";

export interface TargetWatch {
  /** One sample a replica, in our clock; the last ones again where there are no newer, none once it was lost. */
  sample(): TreeSample[];
  /** Why nothing is known any more; null while it is. */
  readonly lost: string | null;
  close(): void;
}

/** Watches processes of this machine, each with all below it. */
export function watchProcesses(pids: readonly number[]): TargetWatch {
  const trees = pids.map((pid) => new ProcessTree([pid]));
  return { sample: () => trees.map((tree) => tree.sample()), lost: null, close: () => {} };
}
