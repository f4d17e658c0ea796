/** The command line of `holdfast keeper`. */
import { accessSync, constants, mkdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { isRunning, readProcessStat } from "../../clients/measure/host/process-files.ts";
import { processName } from "../../clients/measure/host/process-name.ts";
import { parseMetricsAddress } from "../../clients/metrics/metrics-server.ts";
import { type ProfilerName, perfProblem, profilers } from "./profile.ts";
import { leastTokenLength } from "./secret.ts";

export const usage = `usage: holdfast keeper (--pid N[,N]... | --command "COMMAND" [--profile node|perf] [--profile-folder FOLDER])
                       [--name NAME[,NAME]...] --listen HOST:PORT [--token-file FILE]
Reports the memory and CPU of the given processes and their children to callers that have the token. It serves nothing
else; with --command (run by this machine's shell) callers can also start and stop that command.
The token is read from the file, or from HOLDFAST_KEEPER_TOKEN; at least ${leastTokenLength} characters.
`;

export interface KeeperOptions {
  pids: number[];
  /** One for each process tree; empty: they have none. */
  names: string[];
  command: string | null;
  profile: { by: ProfilerName; folder: string } | null;
  listen: { host: string; port: number };
  token: string;
}

/** Throws an Error with every problem, one per line. */
export function readOptions(args: readonly string[], environment: NodeJS.ProcessEnv): KeeperOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pid: { type: "string", multiple: true, default: [] },
      name: { type: "string", multiple: true, default: [] },
      command: { type: "string" },
      profile: { type: "string" },
      "profile-folder": { type: "string" },
      listen: { type: "string" },
      "token-file": { type: "string" },
    },
  });
  const problems: string[] = [];
  const attempt = <T>(read: () => T, fallback: T): T => {
    try {
      return read();
    } catch (error) {
      problems.push((error as Error).message);
      return fallback;
    }
  };
  const given = values.pid.flatMap((list) => list.split(","));
  const pids = given.flatMap((text) => attempt(() => [readPid(text)], []));
  const names = attempt(() => readNames(values.name, values.command === undefined ? given.length : 1), []);
  const profile = attempt(() => readProfile(values), null);
  if (values.pid.length === 0 && values.command === undefined)
    problems.push("expected --pid or --command, got neither");
  if (values.pid.length > 0 && values.command !== undefined) problems.push("expected --pid or --command, got both");
  if (values.command?.trim() === "") problems.push("--command: expected a command, got nothing");
  const listen = attempt(() => readListen(values.listen), { host: "", port: 0 });
  const token = attempt(() => readToken(values["token-file"], environment), "");
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return { pids, names, command: values.command ?? null, profile, listen, token };
}

/** A name each, or one for all, which is numbered then. */
function readNames(lists: readonly string[], processes: number): string[] {
  const names = lists.flatMap((list) => list.split(","));
  const wrong = names.find((name) => !processName.test(name));
  if (wrong !== undefined)
    throw new Error(
      `--name: expected 1 to 64 letters, digits, ".", "_" or "-", a letter or digit first, got "${wrong}"`,
    );
  const [only = ""] = names;
  if (names.length === 1 && processes > 1) return Array.from({ length: processes }, (_, at) => `${only}-${at + 1}`);
  if (names.length > 0 && processes > 0 && names.length !== processes)
    throw new Error(`--name: expected one name, or one for each of ${processes} processes, got ${names.length}`);
  const again = names.find((name, at) => names.indexOf(name) !== at);
  if (again !== undefined) throw new Error(`--name: expected each name once, got "${again}" twice`);
  return names;
}

interface ProfileFlags {
  command?: string;
  profile?: string;
  "profile-folder"?: string;
}

function readProfile({ command, profile, "profile-folder": folder }: ProfileFlags): KeeperOptions["profile"] {
  const problems: string[] = [];
  const by = profilers.find((name) => name === profile);
  if (profile === undefined && folder !== undefined)
    problems.push(`--profile-folder: expected --profile ${profilers.join("|")} beside it`);
  if (profile !== undefined && by === undefined)
    problems.push(`--profile: expected ${profilers.join(" or ")}, got "${profile}"`);
  if (profile !== undefined && command === undefined)
    problems.push("--profile: expected --command beside it: a process that runs already is not profiled");
  const path = resolve(folder ?? "keeper-profiles");
  const problem = by === "perf" && command !== undefined ? perfProblem() : null;
  if (problem !== null) problems.push(`--profile: ${problem}`);
  if (by !== undefined && command !== undefined) {
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      accessSync(path, constants.W_OK | constants.X_OK);
    } catch (error) {
      problems.push(`--profile-folder: cannot write to ${path}: ${(error as NodeJS.ErrnoException).code}`);
    }
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return by === undefined ? null : { by, folder: path };
}

function readPid(text: string): number {
  const pid = Number(text);
  if (!/^[0-9]+$/.test(text) || pid < 1) throw new Error(`--pid: expected a process id, got "${text}"`);
  if (!isRunning(pid) || readProcessStat(pid) === null) throw new Error(`--pid: process ${pid} is not running`);
  return pid;
}

function readListen(text: string | undefined): { host: string; port: number } {
  if (text === undefined) throw new Error("--listen: expected HOST:PORT, got nothing");
  try {
    return parseMetricsAddress(text);
  } catch (error) {
    throw new Error(`--listen: ${(error as Error).message}`);
  }
}

function readToken(file: string | undefined, { HOLDFAST_KEEPER_TOKEN: given }: NodeJS.ProcessEnv): string {
  if (file !== undefined && given) throw new Error("expected --token-file or HOLDFAST_KEEPER_TOKEN, got both");
  if (file === undefined && !given) throw new Error("expected --token-file or HOLDFAST_KEEPER_TOKEN, got neither");
  const token = file === undefined ? (given as string) : readTokenFile(file);
  if (token.length < leastTokenLength)
    throw new Error(`token: expected at least ${leastTokenLength} characters, got ${token.length}`);
  return token;
}

function readTokenFile(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new Error(`--token-file: cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
