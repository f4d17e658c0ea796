import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePushQuery, queryOfUrl } from "./push-query.ts";

/** Bad queries and the error text of each. */
const badQueries: readonly (readonly [string, string])[] = [
  ["intervalMs=0", 'intervalMs: expected 10 to 3600000, got "0"'],
  ["intervalMs=9", 'intervalMs: expected 10 to 3600000, got "9"'],
  ["intervalMs=3600001", 'intervalMs: expected 10 to 3600000, got "3600001"'],
  ["intervalMs=", 'intervalMs: expected 10 to 3600000, got ""'],
  ["intervalMs=1e3", 'intervalMs: expected 10 to 3600000, got "1e3"'],
  ["intervalMs=-10", 'intervalMs: expected 10 to 3600000, got "-10"'],
  ["intervalMs=10.5", 'intervalMs: expected 10 to 3600000, got "10.5"'],
  ["bytes=31", 'bytes: expected 32 to 1048576, got "31"'],
  ["bytes=1048577", 'bytes: expected 32 to 1048576, got "1048577"'],
  ["timing=random", 'timing: expected burst or spread, got "random"'],
  ["group=4294967296", 'group: expected 0 to 4294967295, got "4294967296"'],
  ["written=yes", 'written: expected 0 or 1, got "yes"'],
  ["written=2&bytes=1", 'bytes: expected 32 to 1048576, got "1"'],
  ["intervalMs=x&intervalMs=", 'intervalMs: expected 10 to 3600000, got "x"'],
];

test("a query has the contract's defaults, and unknown fields are ignored", () => {
  const defaults = { intervalMs: 10_000, bytes: 100, timing: "burst", group: 0, written: true };
  assert.deepEqual(parsePushQuery(""), defaults);
  assert.deepEqual(parsePushQuery("unknown=1"), defaults);
});

test("a query accepts every field at its limits", () => {
  const raw = "intervalMs=10&bytes=1048576&timing=spread&group=4294967295&written=0";
  assert.deepEqual(parsePushQuery(raw), {
    intervalMs: 10,
    bytes: 1_048_576,
    timing: "spread",
    group: 4_294_967_295,
    written: false,
  });
});

test("a bad query names its first invalid field", () => {
  for (const [raw, error] of badQueries) assert.deepEqual(parsePushQuery(raw), { error }, raw);
});

test("the query of a URL is the part after its question mark", () => {
  assert.equal(queryOfUrl("/push?a=1?2"), "a=1?2");
  assert.equal(queryOfUrl("/push"), "");
});
