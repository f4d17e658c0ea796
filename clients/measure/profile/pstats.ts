/**
 * Reads profiles of Python's cProfile converted to JSON (pstats_to_json.py of the Python targets). cProfile counts
 * calls and keeps no stacks: own and cumulative times are exact, while the flame graph is reconstructed from the times
 * along caller-callee edges, as gprof did.
 */
import { CallTree, type ProfileSummary, topOf } from "./call-tree.ts";

/** File, line, name, calls, own seconds, cumulative seconds, callers as [index, calls, own, cumulative]. */
type Row = [string, number, string, number, number, number, [number, number, number, number][]];

const leastShare = 0.002;
const deepest = 40;

function labelOf([file, line, name]: Row): string {
  return file === "~" || file === "" ? name : `${name} ${file.split("/").slice(-2).join("/")}:${line}`;
}

/** The summary of the helper's JSON. */
export function summarizePstats(text: string): ProfileSummary {
  const rows = JSON.parse(text) as Row[];
  if (!Array.isArray(rows)) throw new RangeError("expected a list of functions");
  const total = rows.reduce((sum, row) => sum + row[4], 0);
  const whole = total > 0 ? total : 1;
  const functions = rows.map((row) => ({
    function: labelOf(row),
    selfShare: row[4] / whole,
    totalShare: Math.min(1, row[5] / whole),
  }));
  return { busySeconds: total, top: topOf(functions), flame: approximateTree(rows, whole).summary(1).flame };
}

/**
 * Distributes each function's time to its callees in proportion to the edges, along every path large enough for a
 * frame.
 */
function approximateTree(rows: readonly Row[], whole: number): CallTree {
  const callees: [number, number][][] = rows.map(() => []);
  rows.forEach((row, callee) => {
    for (const [caller, , , cumulative] of row[6]) if (caller !== callee) callees[caller]?.push([callee, cumulative]);
  });
  const tree = new CallTree();
  const path: number[] = [];
  const names: string[] = [];
  const visit = (index: number, seconds: number): void => {
    const row = rows[index];
    if (row === undefined || seconds < leastShare * whole) return;
    path.push(index);
    names.push(labelOf(row));
    const cumulative = Math.max(row[5], 1e-12);
    const edges = path.length >= deepest ? [] : (callees[index] ?? []).filter(([callee]) => !path.includes(callee));
    const handed = edges.reduce((sum, [, time]) => sum + time, 0);
    const scale = handed > cumulative ? cumulative / handed : 1;
    for (const [callee, time] of edges) visit(callee, (seconds * time * scale) / cumulative);
    const rest = seconds * Math.max(0, 1 - Math.min(1, handed / cumulative));
    if (rest > 0) tree.add(names, rest);
    path.pop();
    names.pop();
  };
  rows.forEach((row, index) => {
    if (row[6].every(([caller]) => caller === index)) visit(index, row[5]);
  });
  return tree;
}
