/** Pipelines for tests: a manifest whose variants behave as their names say. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ManifestTarget } from "../../target/manifest.ts";

const program = `
import { appendFileSync, readFileSync } from "node:fs";
const [behaviour, path] = process.argv.slice(2);
appendFileSync("order.txt", behaviour + "\\n");
const began = performance.now();
const users = new Set(), events = {};
let bad = 0, firstBadLine = null, number = 0;
const bytes = readFileSync(path);
for (const line of bytes.toString("utf8").split("\\n").slice(0, -1)) {
  number++;
  try {
    const { user_id, event, status, latency_ms } = JSON.parse(line);
    if (typeof user_id !== "string" || typeof status !== "number" || typeof latency_ms !== "number") throw new Error();
    users.add(behaviour === "naive" ? (/"user_id":"([^"]*)"/.exec(line))[1] : user_id);
    events[event] = (events[event] ?? 0) + 1;
  } catch { bad++; firstBadLine ??= number; }
}
const isProbe = number === 64;
if (behaviour === "missing") { console.error("ujson is not installed"); process.exit(1); }
if (behaviour === "crashes" && !isProbe) { console.error("out of luck"); process.exit(5); }
if (behaviour === "loud" && !isProbe) process.stdout.write("x".repeat(3 << 20));
const hangs = (behaviour === "hangs" && !isProbe) || behaviour === "always-hangs";
if (hangs) setInterval(() => {}, 1000);
else console.log(JSON.stringify({ lines: number, uniqueUsers: users.size, bytes: bytes.length, events, bad, firstBadLine, parseMs: performance.now() - began }));
`;

/**
 * Behaviour of a variant; "naive" searches for users without parsing, so it mistakes another spelling for another user.
 */
export type FakeVariant = "right" | "right-too" | "naive" | "missing" | "crashes" | "loud" | "hangs" | "always-hangs";

/** A target with these variants in a new folder, which `remove` deletes. */
export function makeFakePipeline(variants: readonly FakeVariant[]): {
  target: ManifestTarget;
  folder: string;
  runs: string;
  remove: () => void;
} {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-pipeline-"));
  writeFileSync(join(folder, "fake.mjs"), program);
  const target: ManifestTarget = {
    name: "fake",
    title: "a fake",
    needs: [],
    build: [],
    inputs: [],
    start: ["node", "-e", "", "{port}"],
    pipeline: variants.map((variant) => ({ variant, command: ["node", "fake.mjs", variant, "{file}"] })),
    deployable: ["fake.mjs"],
    profiler: { format: "cpuprofile" },
    folder,
  };
  return { target, folder, runs: join(folder, "runs"), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
