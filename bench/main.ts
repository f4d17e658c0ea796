/**
 * `npm run bench [-- ROW...] [--quick] [--rounds N] [--part NAME]`: measures the requested rows, stores the results and
 * rewrites docs/performance.md. Results of single parts of a row are not stored.
 */
import { parseArgs } from "node:util";
import { readCommit, readMachine } from "./machine.ts";
import { writePerformancePage } from "./performance.ts";
import { keepResults, machineText, removeSuperseded, resultMarkdown } from "./results.ts";
import type { Order, Result, Row } from "./row.ts";
import { onDemand, rows } from "./rows.ts";
import { haveTool } from "./tools.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    part: { type: "string", multiple: true, default: [] },
  },
});
const unknown = positionals.filter((name) => rows.every((row) => row.name !== name));
if (unknown.length > 0) {
  process.stderr.write(`expected rows among ${rows.map(({ name }) => name).join(", ")}, got ${unknown.join(", ")}\n`);
  process.exit(2);
}
// process.exit runs the exit handlers, which end the pushers and restore kernel settings.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
const begunMs = Date.now();
const say = (line: string): void =>
  void process.stderr.write(`${((Date.now() - begunMs) / 1000).toFixed(0).padStart(5)} s  ${line}\n`);
const order: Order = {
  quick: values.quick,
  rounds: Math.max(1, Number(values.rounds ?? (values.quick ? 1 : 3)) || 1),
  parts: values.part,
  say,
};

const asked = rows.filter((row) =>
  positionals.length === 0 ? !onDemand.includes(row) : positionals.includes(row.name),
);
const commit = readCommit();
const session = `${new Date().toISOString().slice(0, 16).replace(":", "")}-${commit.replace("+", "-changed")}`;
const results: Result[] = [];
say(machineText(readMachine()));
const minutesOf = (row: Row): number => (order.quick ? 1 : row.minutes);
const most = asked.reduce((sum, row) => sum + minutesOf(row), 0);
say(`${asked.map(({ name }) => name).join(", ")}: ${order.rounds} rounds, up to ${most} min in all`);
for (const row of asked) {
  for (const tool of row.tools ?? []) await haveTool(tool, say);
  const machine = readMachine();
  const at = new Date();
  say(`${row.name}: ${row.title} (up to ${minutesOf(row)} min)`);
  try {
    const answer = await row.run(order);
    const tookSeconds = (Date.now() - at.getTime()) / 1000;
    const result = {
      row: row.name,
      title: row.title,
      at: at.toISOString(),
      commit,
      quick: order.quick,
      rounds: order.rounds,
      tookSeconds,
      machine,
      ...answer,
    };
    results.push(result);
    process.stdout.write(`${resultMarkdown(result)}\n\n`);
    say(order.parts.length > 0 ? "not kept" : `kept in ${keepResults(session, results)}`);
  } catch (error) {
    process.exitCode = 1;
    say(`${row.name} failed: ${(error as Error).stack}`);
  }
}
if (order.parts.length === 0) {
  removeSuperseded();
  writePerformancePage();
}
process.exit();
