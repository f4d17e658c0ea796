/** A target for this folder's tests: a tiny HTTP server in a temporary folder whose misbehaviour is chosen by name. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ManifestTarget } from "../manifest.ts";

/**
 * What the fake does: `once-taken` fails the first time as if its port were taken; `grows` uses memory until it is
 * killed.
 */
export type FakeBehaviour =
  | "serves"
  | "slow"
  | "exits"
  | "ignores-term"
  | "dies-on-request"
  | "has-child"
  | "once-taken"
  | "grows"
  | "other-name"
  | "silent";

const program = `
import { createServer } from "node:http";
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
const [behaviour, port] = process.argv.slice(2);
process.stderr.write("fake begins\\n");
if (behaviour === "exits") { process.stderr.write("cannot load settings\\n"); process.exit(3); }
if (behaviour === "once-taken" && !existsSync("taken")) { writeFileSync("taken", ""); process.stderr.write("listen EADDRINUSE\\n"); process.exit(1); }
if (behaviour === "silent") setInterval(() => {}, 1000);
const hoard = [];
if (behaviour === "grows") setInterval(() => hoard.push(Buffer.alloc(16 << 20, 1)), 20);
let child = 0;
if (behaviour === "has-child") child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" }).pid;
const server = createServer((request, response) => {
  if (request.url === "/die") process.exit(7);
  const name = behaviour === "other-name" ? "stranger" : "fake";
  response.end(JSON.stringify({ status: "ok", name, runtime: "node", framework: "none", settings: { behaviour, child, pid: process.pid } }));
});
process.on("SIGTERM", () => { if (behaviour !== "ignores-term") { process.stderr.write("fake ends\\n"); process.exit(0); } });
if (behaviour !== "silent") setTimeout(() => server.listen(Number(port), "127.0.0.1"), behaviour === "slow" ? 400 : 0);
`;

/** Writes the fake into a new folder; `remove` deletes it. */
export function makeFakeTarget(behaviour: FakeBehaviour): {
  target: ManifestTarget;
  folder: string;
  remove: () => void;
} {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-fake-"));
  writeFileSync(join(folder, "fake.mjs"), program);
  const target = {
    name: "fake",
    title: "a fake",
    needs: [],
    build: [],
    inputs: [],
    start: ["node", "fake.mjs", behaviour, "{port}", "{tcpPort}"],
    pipeline: [],
    deployable: [],
    folder,
  };
  return { target, folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
