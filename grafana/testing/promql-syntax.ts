/** PromQL's grammar, for tests. */
import { parser } from "@prometheus-io/lezer-promql";

/** Where a query does not parse: the text from each fault on. Empty for a good one. */
export function syntaxFaults(expr: string): string[] {
  const faults: string[] = [];
  parser.parse(expr).iterate({
    enter: (node) => {
      if (node.type.isError) faults.push(expr.slice(node.from));
    },
  });
  return faults;
}

/** Names of our metrics in a query, histogram suffixes taken off; recorded names (with a colon) left out. */
export function metricNamesIn(expr: string): string[] {
  const names = expr.matchAll(/(?<![:\w])holdfast_(\w+)(?![:\w])/g);
  return [...new Set([...names].map(([, name]) => name!.replace(/_(bucket|sum|count)$/, "")))];
}
