/** Pre-flight rows for template values: the rows of the data file, and everything for which a run would reject it. */
import { grouped, judge, type PreflightRow } from "../../plan/preflight/preflight-row.ts";
import { DataFileError, readDataFile } from "../../plan/values/data-file.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";
import { readValues, type ValuedScenario } from "./run-values.ts";

const rowName = "rows of the data file";

/** Empty for a scenario whose templates need nothing. */
export function valueRows(scenario: ValuedScenario): PreflightRow[] {
  const rows = dataRow(scenario);
  try {
    readValues(scenario);
    return rows;
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    const isTold = rows.some(({ verdict }) => verdict === "refuse");
    const others = error.problems.filter(({ field }) => !(isTold && field === "data.file"));
    return [
      ...rows,
      ...others.map(
        ({ field, text }): PreflightRow => ({
          row: field,
          value: "not usable",
          need: text,
          verdict: "refuse",
          fix: null,
        }),
      ),
    ];
  }
}

function dataRow({ data, connections, whom = "connection" }: ValuedScenario): PreflightRow[] {
  if (data === undefined) return [];
  const isCycled = data.exhausted === "cycle";
  const need = isCycled ? "at least one, reused as needed" : `one for each of ${grouped(connections)} ${whom}s`;
  try {
    const { count } = readDataFile(data.file, new Set());
    const otherwise = {
      verdict: "refuse",
      fix: isCycled ? "add a row" : "add rows, or set data.exhausted: cycle",
    } as const;
    return [judge(rowName, { value: grouped(count), need }, count >= (isCycled ? 1 : connections), otherwise)];
  } catch (error) {
    if (!(error instanceof DataFileError)) throw error;
    return [{ row: rowName, value: "not read", need, verdict: "refuse", fix: error.message }];
  }
}
