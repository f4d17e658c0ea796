/** Whether this machine has what a target needs, according to the checks in its manifest. */
import { execFile } from "node:child_process";
import { fillCommand, type ManifestTarget, type Need } from "./manifest.ts";

export type Availability = { state: "available" } | { state: "unavailable"; why: string; install: string };

const checkTimeoutMs = 10_000;
const answered = new Map<string, Promise<string | null>>();

/** Runs one check; null when it exits with 0, otherwise a sentence that says why it failed. */
function runCheck(need: Need, folder: string): Promise<string | null> {
  const [file = "", ...rest] = fillCommand(need.check, {});
  const shown = need.check.join(" ");
  return new Promise((resolve) => {
    execFile(
      file,
      rest,
      { cwd: folder, timeout: checkTimeoutMs, killSignal: "SIGKILL", encoding: "utf8" },
      (error, stdout, stderr) => {
        if (error === null) return resolve(null);
        if (error.code === "ENOENT") return resolve(`${need.check[0]} is not installed`);
        if (error.killed) return resolve(`"${shown}" did not finish within ${checkTimeoutMs / 1000} s`);
        const said = (stderr || stdout).trim().split("\n").at(-1) ?? "";
        resolve(`"${shown}" exited with ${error.code ?? error.signal}${said === "" ? "" : `: ${said}`}`);
      },
    );
  });
}

function checkOnce(need: Need, folder: string): Promise<string | null> {
  const key = `${folder}\0${need.check.join("\0")}`;
  const known = answered.get(key);
  if (known !== undefined) return known;
  const answer = runCheck(need, folder);
  answered.set(key, answer);
  return answer;
}

/** Available, or why not and how to install what is missing. Each check runs once per process, for at most 10 s. */
export async function checkAvailability(target: ManifestTarget): Promise<Availability> {
  const answers = await Promise.all(target.needs.map((need) => checkOnce(need, target.folder)));
  const missing = target.needs.filter((_, index) => answers[index] !== null);
  if (missing.length === 0) return { state: "available" };
  const why = answers.filter((answer) => answer !== null).join("; ");
  return { state: "unavailable", why, install: missing.map((need) => need.install).join("; ") };
}

/** The Debian packages whose checks fail on this machine, without duplicates, in the order of the manifests. */
export async function neededAptPackages(targets: readonly ManifestTarget[]): Promise<string[]> {
  const needs = targets.flatMap((target) => target.needs.map((need) => ({ need, folder: target.folder })));
  const answers = await Promise.all(needs.map(({ need, folder }) => checkOnce(need, folder)));
  return [...new Set(needs.flatMap(({ need }, index) => (answers[index] === null ? [] : (need.apt ?? []))))];
}
