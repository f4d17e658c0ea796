import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConnectionValues, noValues } from "./connection-values.ts";
import { DataRows } from "./data-rows.ts";

/** Values of shard 1 of 2, whose slots are the connections 1, 3, 5. */
function valuesWith(rows: string[][], vars: Record<string, string> = {}): ConnectionValues {
  const builder = DataRows.builder(["token", "name"]);
  for (const row of rows) builder.add(row);
  const data = builder.build();
  return new ConnectionValues(
    {
      vars,
      data: data.toWire(
        ["name", "token"],
        [1, 3, 5].filter((row) => row < data.count),
      ),
      seed: 7,
    },
    { shard: 1, shards: 2 },
  );
}
const at = (values: ConnectionValues, slot: number, template: { text(): string }): string => {
  values.at(slot);
  return template.text();
};
const rows = [0, 1, 2, 3, 4, 5].map((n) => [`tok-${n}`, `n"${n}`]);

describe("the values of connections", () => {
  it("fill a template with each connection's row, in whatever shard", () => {
    const values = valuesWith(rows);
    const template = values.template("{{index}}:{{token}}:{{name}}");
    assert.deepEqual(
      [0, 1, 2].map((slot) => at(values, slot, template)),
      ['1:tok-1:n"1', '3:tok-3:n"3', '5:tok-5:n"5'],
    );
  });

  it("compute with integers, multiplication first and quotients rounded down", () => {
    const values = valuesWith(rows).at(2);
    const of = (text: string): string => values.template(text).text();
    assert.deepEqual(
      [
        "{{index / 2}}",
        "{{1 + index * 2}}",
        "{{(1 + index) * 2}}",
        "{{index % 3}}",
        "{{0 - index / 2}}",
        "{{index - 1 - 1}}",
      ].map(of),
      ["2", "11", "12", "2", "-2", "3"],
    );
  });

  it("are escaped for JSON strings, also after a prefix, and for URLs", () => {
    const values = valuesWith(rows).at(0);
    assert.equal(
      values.template('42["say",{"who":"{{name}}","n":{{index}}}]').text(),
      '42["say",{"who":"n\\"1","n":1}]',
    );
    assert.equal(values.template('{"a":{"b":{{index}}}}').text(), '{"a":{"b":1}}');
    assert.equal(values.template("plain {{name}}").text(), 'plain n"1');
    const hostile = new ConnectionValues(
      { ...noValues, vars: { evil: "a b&c=d/é\r\nHost: x" } },
      { shard: 0, shards: 1 },
    ).at(0);
    assert.equal(hostile.template("/ws?t={{evil}}", "url").text(), "/ws?t=a%20b%26c%3Dd%2F%C3%A9%0D%0AHost%3A%20x");
  });

  it("include variables that stay constant per connection, even random ones, and differ between connections", () => {
    const values = valuesWith(rows, { room: "r{{index / 2}}", id: "{{uuid}}", key: "{{room}}-{{random:6}}" });
    const both = values.template("{{id}} {{key}}");
    const first = at(values, 0, both);
    assert.match(first, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12} r0-[a-z0-9]{6}$/);
    assert.notEqual(at(values, 1, both), first);
    assert.equal(at(values, 0, both), first);
    const fresh = values.template("{{uuid}}");
    assert.notEqual(fresh.text(), fresh.text());
  });

  it("give a message's instant in either clock, to the nanosecond", () => {
    const values = valuesWith(rows).at(0);
    values.offset = { seconds: 1_800_000_000, nanoseconds: 5 };
    values.sentNs = 123_456_789_012;
    assert.equal(
      values.template("{{sentNs}} {{sentMs}} {{sentNs:monotonic}}").text(),
      "1800000123456789017 1800000123456 123456789012",
    );
  });

  it("keep extracted values for their own connection only", () => {
    const values = valuesWith(rows);
    values.take("session", 0, Buffer.from("abc"));
    const template = values.template("<{{session}}>");
    assert.equal(at(values, 0, template), "<abc>");
    assert.equal(at(values, 1, template), "<>");
  });

  it("grow the buffer for a long message, and write {{ for four brackets", () => {
    const values = new ConnectionValues({ ...noValues, vars: { long: "x".repeat(5000) } }, { shard: 0, shards: 1 }).at(
      0,
    );
    assert.equal(values.template("{{{{a{{long}}b").text(), `{{a${"x".repeat(5000)}b`);
  });
});
