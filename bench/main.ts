/**
 * `npm run bench [-- ROW...] [--quick] [--huge] [--rounds N] [--part NAME]`: measures the rows asked for, keeps the results,
 * rewrites docs/performance.md. What is measured of single parts of a row is not kept.
 */
import { parseArgs } from "node:util";
import { readCommit, readMachine } from "./machine.ts";
import { writePerformancePage } from "./performance.ts";
import { keepResults, machineText, resultMarkdown } from "./results.ts";
import type { Order, Result } from "./row.ts";
import { onDemand, rows } from "./rows.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    huge: { type: "boolean", default: false },
    rounds: { type: "string" },
    part: { type: "string", multiple: true, default: [] },
  },
});
const unknown = positionals.filter((name) => rows.every((row) => row.name !== name));
if (unknown.length > 0) {
  process.stderr.write(`expected rows among ${rows.map(({ name }) => name).join(", ")}, got ${unknown.join(", ")}\n`);
  process.exit(2);
}
// Leaving by way of exit ends the pushers and puts kernel settings back.
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

const isAsked = (name: string, isOnDemand: boolean): boolean =>
  positionals.includes(name) || (isOnDemand ? values.huge : positionals.length === 0);
const asked = rows.filter((row) => isAsked(row.name, onDemand.includes(row)));
const commit = readCommit();
const session = `${new Date().toISOString().slice(0, 16).replace(":", "")}-${commit.replace("+", "-changed")}`;
const results: Result[] = [];
say(machineText(readMachine()));
for (const row of asked) {
  const machine = readMachine();
  const at = new Date();
  say(`${row.name}: ${row.title} (up to ${order.quick ? 1 : row.minutes} min)`);
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
if (order.parts.length === 0) writePerformancePage();
process.exit();
