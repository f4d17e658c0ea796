/** The command line of `holdfast keeper`. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { isRunning, readProcessStat } from "../../clients/measure/host/process-files.ts";
import { parseMetricsAddress } from "../../clients/metrics/metrics-server.ts";
import { leastTokenLength } from "./secret.ts";

export const usage = `usage: holdfast keeper (--pid N[,N]... | --command "COMMAND") --listen HOST:PORT [--token-file FILE]
Reports the memory and CPU of the given processes and their children to callers that have the token. It serves nothing else;
with --command (run by this machine's shell) callers can also start and stop that command.
The token is read from the file, or from HOLDFAST_KEEPER_TOKEN; at least ${leastTokenLength} characters.
`;

export interface KeeperOptions {
  pids: number[];
  command: string | null;
  listen: { host: string; port: number };
  token: string;
}

/** Throws an Error with every problem, a line each. */
export function readOptions(args: readonly string[], environment: NodeJS.ProcessEnv): KeeperOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pid: { type: "string", multiple: true, default: [] },
      command: { type: "string" },
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
  const pids = values.pid.flatMap((list) => list.split(",")).flatMap((text) => attempt(() => [readPid(text)], []));
  if (values.pid.length === 0 && values.command === undefined)
    problems.push("expected --pid or --command, got neither");
  if (values.pid.length > 0 && values.command !== undefined) problems.push("expected --pid or --command, got both");
  if (values.command?.trim() === "") problems.push("--command: expected a command, got nothing");
  const listen = attempt(() => readListen(values.listen), { host: "", port: 0 });
  const token = attempt(() => readToken(values["token-file"], environment), "");
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return { pids, command: values.command ?? null, listen, token };
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
