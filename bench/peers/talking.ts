/** Runs with conversations against the rehearsal target: authentication, heartbeats, rooms. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Interval } from "../../clients/report/model/interval.ts";
import type { Report } from "../../clients/report/model/report.ts";
import { executeOne } from "../../clients/run/executors.ts";
import { readScenario } from "../../clients/scenario/read-scenario.ts";
import type { RunScenario } from "../../clients/scenario/schema.ts";

export const auth = [
  { send: '{"t":"auth","token":"{{token}}","room":"{{room}}"}' },
  { expect: { json: { t: "welcome" } }, take: { session: "json:session" }, within: "60s" },
];
export const beat = { every: "25s", send: '{"t":"ping"}', answer: { json: { t: "pong" } } };
export const say = '{"t":"say","room":"{{room}}","id":{{message}}}';

interface Talked {
  report: Report;
  /** Deliveries according to the target's account. */
  delivered: number;
  seconds: Interval[];
}

/**
 * One run against the rehearsal target with a token per connection; returns its report, its intervals, and deliveries.
 */
export async function talk(fields: Record<string, unknown>, connections: number): Promise<Talked> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  try {
    const [faults, file] = [join(folder, "talk.json"), join(folder, "users.csv")];
    writeFileSync(faults, '{"talk":{"token":"k"}}\n');
    writeFileSync(
      file,
      `token\n${Array.from({ length: connections }, (_, i) => `k${i}-0123456789abcdef0123456789abcdef`).join("\n")}\n`,
    );
    const values = fields.conversation === undefined ? {} : { data: { file }, faults };
    const scenario = readScenario({
      kind: "connections",
      target: "rehearsal",
      rampPerSecond: 2000,
      push: { interval: "5s" },
      ...values,
      ...fields,
    }) as RunScenario;
    const options = {
      runsFolder: folder,
      watch: () => [],
      signal: new AbortController().signal,
      allowedHosts: [],
      say: () => {},
    };
    const report = await executeOne(scenario, "rehearsal", options);
    const written = join(folder, report.run);
    return { report, delivered: deliveriesIn(written), seconds: secondsIn(written) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Reads the summary at the end of the target's account. */
export function deliveriesIn(folder: string): number {
  const lines = readdirSync(folder)
    .filter((name) => /^account-.*\.ndjson$/.test(name))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"));
  const summary = lines.find((line) => line.includes('"what":"summary"'));
  return summary === undefined
    ? Number.NaN
    : ((JSON.parse(summary) as { talk?: { deliveries?: number } }).talk?.deliveries ?? 0);
}

const secondsIn = (folder: string): Interval[] =>
  readFileSync(join(folder, "intervals.ndjson"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Interval);
