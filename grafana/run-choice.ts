/**
 * The choice of runs at a dashboard's top. "newest" is no run's id: a hidden variable, asked again at each refresh,
 * says which run it means by then.
 */
import { metricPrefix } from "../clients/metrics/metric-names.ts";

export const newestRun = "newest";

const after = 1e11;
const begins = (matchers: string): string =>
  `min by (run) (min_over_time(${metricPrefix}run_phase_start_timestamp_seconds{${matchers}}[$__range]))`;

/** "newest", then the runs of the time range, newest first, finished ones included. */
export function runChoices(kinds: string): string {
  return `query_result(sort_desc(${begins(kinds)} or label_replace(vector(${after}), "run", "${newestRun}", "", "")))`;
}

/** The ids that are meant: those chosen, and the newest run when "newest" is among them. */
export function resolvedRuns(kinds: string): string {
  const chosen = `label_replace(label_replace(vector(1), "chosen", "$run", "", ""), "follows", "yes", "chosen", ".*${newestRun}.*")`;
  const newest = `label_replace(topk(1, ${begins(kinds)}), "follows", "yes", "", "")`;
  return `query_result(${begins('run=~"$run"')} or (${newest} and on (follows) ${chosen}))`;
}
