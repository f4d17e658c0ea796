import assert from "node:assert/strict";
import { test } from "node:test";
import { legendOf } from "./preview-data.ts";
import { formatUnit } from "./preview-unit.ts";

test("figures are written as Grafana writes their units", () => {
  const cases: [value: number, unit: string, text: string][] = [
    [0.00042, "s", "420 µs"],
    [0.01795, "s", "17.9 ms"],
    [3, "s", "3 s"],
    [0.9995, "percentunit", "100 %"],
    [0, "percentunit", "0 %"],
    [80 * 2 ** 20, "bytes", "80 MiB"],
    [1234, "short", "1.23 K"],
    [200, "short", "200"],
    [2170, "cps", "2.17K c/s"],
    [345_000, "Bps", "345 kB/s"],
    [1.5, "suffix: cores", "1.5 cores"],
    [9934, "none", "9,934"],
    [Number.POSITIVE_INFINITY, "s", ""],
  ];
  for (const [value, unit, text] of cases) assert.equal(formatUnit(value, unit), text, `${value} ${unit}`);
});

test("a legend takes labels, and a missing one leaves no hole", () => {
  assert.equal(legendOf("{{target}} {{ run }} p99", { target: "go", run: "r1" }), "go r1 p99");
  assert.equal(legendOf("{{target}} {{code}}", { target: "go" }), "go");
  assert.equal(legendOf("", { target: "go" }), "go");
});
