/**
 * Pre-flight rows that apply only to some kinds of scenario: disk space for a log, a Redis, a processor for one
 * command. Pure given the readings.
 */
import type { HostLimits } from "../../measure/host/host-limits.ts";
import type { LogPlan } from "../log-lines.ts";
import { grouped, judge, type PreflightRow } from "./preflight-row.ts";
import { stealRow } from "./preflight-settings.ts";

/** Disk space that must remain free after writing a log, bytes. */
const spareBytes = 256 << 20;

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** Disk space for a log in the runs folder. */
export function diskRow(
  { lines, bytesPerLine }: Pick<LogPlan, "lines" | "bytesPerLine">,
  freeBytes: number,
): PreflightRow {
  const need = lines * bytesPerLine + spareBytes;
  const sum = `${grouped(lines)} lines x ${grouped(bytesPerLine)} B + 256 MiB to spare = ${gibibytes(need)}`;
  return judge(
    "disk space for the log",
    { value: `${gibibytes(freeBytes)} free in the runs folder`, need: sum },
    need <= freeBytes,
    {
      verdict: "refuse",
      fix: "use fewer lines or another --runs folder",
    },
  );
}

/**
 * All rows of a pipeline: it opens no connection, reads no clock but the generator's, and runs one command at a time.
 */
export function pipelinePreflight(
  log: Pick<LogPlan, "lines" | "bytesPerLine">,
  freeBytes: number,
  limits: HostLimits,
): PreflightRow[] {
  const { quotaCores } = limits;
  const quota =
    quotaCores === null
      ? null
      : judge(
          "cpu.max",
          { value: `${quotaCores.toFixed(2)} cores`, need: "no quota, or one core: one command runs at a time" },
          quotaCores >= 1,
          {
            verdict: "warn",
            fix: "remove the CPU quota of this container: throttling distorts every measured time",
          },
        );
  return [diskRow(log, freeBytes), ...[quota, stealRow(limits)].filter((row) => row !== null)];
}

/**
 * The Redis that a target reads its users from: a given one, or one started by Holdfast. `isThere`: it answers, or is
 * installed.
 */
export function redisRow(url: string | null, isThere: boolean): PreflightRow {
  const own = url === null;
  const value = own ? `redis-server is ${isThere ? "" : "not "}installed` : isThere ? "answers" : "does not answer";
  return judge(
    "Redis",
    { value, need: own ? "redis-server, started for the run and filled with users" : `an answer at ${url}` },
    isThere,
    {
      verdict: "refuse",
      fix: own
        ? "apt-get install redis-server, or use a running one with --redis redis://HOST:PORT"
        : "start it, or correct the URL given with --redis",
    },
  );
}
