import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readInstant } from "./instant.ts";

describe("an instant of RFC 3339", () => {
  it("is read with nanosecond precision and its UTC offset", () => {
    const at = Date.UTC(2023, 10, 14, 22, 13, 32) / 1000;
    assert.deepEqual(readInstant("2023-11-14T22:13:32.123456789Z"), { seconds: at, nanoseconds: 123_456_789 });
    assert.deepEqual(readInstant("2023-11-14T22:13:32Z"), { seconds: at, nanoseconds: 0 });
    assert.deepEqual(readInstant("2023-11-15T00:13:32.5+02:00"), { seconds: at, nanoseconds: 500_000_000 });
    assert.deepEqual(readInstant("2023-11-14t16:43:32.000000001-05:30"), { seconds: at, nanoseconds: 1 });
    assert.deepEqual(readInstant("2024-02-29T00:00:00Z"), { seconds: Date.UTC(2024, 1, 29) / 1000, nanoseconds: 0 });
    assert.deepEqual(readInstant("2016-12-31T23:59:60Z"), { seconds: Date.UTC(2017, 0, 1) / 1000, nanoseconds: 0 });
  });

  it("is no other text, even if Date would accept it", () => {
    const others = [
      "evt 12",
      "12",
      "",
      "2023",
      "2023-11-14",
      "2023-11-14T22:13:32",
      "2023-13-01T00:00:00Z",
      "2023-02-29T00:00:00Z",
      "2023-11-14T24:00:00Z",
    ];
    for (const text of others) assert.equal(readInstant(text), null, text);
  });
});
