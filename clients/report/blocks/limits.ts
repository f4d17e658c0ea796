/** Each limit with what was measured against it. */
import { isFigure, notMeasured } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import { type Block, count } from "./block.ts";

export function limitBlock({ limits }: Report): Block {
  const rows = limits.map(({ limit, atMost, atLeast, measured, ok }) => [
    ok ? { text: "held", tone: "pass" as const } : { text: "MISSED", tone: "fail" as const },
    limit,
    [atMost === undefined ? "" : `<= ${limitNumber(atMost)}`, atLeast === undefined ? "" : `>= ${limitNumber(atLeast)}`]
      .filter(Boolean)
      .join(" and "),
    measured === null ? notMeasured : limitNumber(measured),
  ]);
  if (rows.length === 0) return { id: "limits", title: "Limits", note: "The scenario sets no limits." };
  const columns = [
    { title: "" },
    { title: "limit" },
    { title: "bound" },
    { title: "measured", align: "right" as const },
  ];
  return { id: "limits", title: "Limits", table: { columns, rows } };
}

/** A bound or what was measured against it, in the field's own unit: small ratios keep their digits. */
function limitNumber(value: number): string {
  if (!isFigure(value)) return notMeasured;
  if (Number.isInteger(value)) return count(value);
  return Math.abs(value) < 0.001 ? value.toExponential(1).replace(".0e", "e") : String(Number(value.toPrecision(4)));
}
