/** The command line of the service. Listening beyond loopback requires a token. */
import { parseArgs } from "node:util";
import { isLoopback } from "../../clients/measure/loopback.ts";
import { readRedisUrl } from "../agent/redis-url.ts";
import { readSecret } from "../agent/seal.ts";
import { leastTokenLength } from "../keeper/secret.ts";

export interface ServiceOptions {
  host: string;
  /** 0: chosen by the system. */
  port: number;
  runsFolder: string;
  token: string | null;
  allowedHosts: string[];
  redisUrl: string | null;
  /** Secret shared with the agents that signs documents in Redis; null: nothing is signed. */
  agentSecret: string | null;
  opensMetrics: boolean;
  atOnce: number;
  perTarget: number;
  perMinute: number;
}

export const usage = `usage: holdfast serve [--host HOST] [--port PORT] [--runs FOLDER] [--allow-host HOST]... [--redis URL] [--open-metrics]
                      [--at-once N] [--per-target N] [--requests-per-minute N]
The token is read from HOLDFAST_TOKEN; any --host other than loopback requires one. --redis (or REDIS_URL): run shards on agents;
HOLDFAST_AGENT_SECRET, or the file named by HOLDFAST_AGENT_SECRET_FILE, holds the secret shared with them.
`;

/** Parses the command line; a returned string says what is wrong with it. */
export function readOptions(argv: string[], environment: NodeJS.ProcessEnv): ServiceOptions | string {
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        host: { type: "string", default: "127.0.0.1" },
        port: { type: "string", default: "8080" },
        runs: { type: "string", default: environment.HOLDFAST_RUNS ?? "runs" },
        "allow-host": { type: "string", multiple: true, default: [] },
        redis: { type: "string", default: environment.REDIS_URL ?? "" },
        "open-metrics": { type: "boolean", default: false },
        "at-once": { type: "string", default: "4" },
        "per-target": { type: "string", default: "1" },
        "requests-per-minute": { type: "string", default: "1200" },
      },
    });
    const token = environment.HOLDFAST_TOKEN || null;
    if (token !== null && token.length < leastTokenLength)
      return `HOLDFAST_TOKEN: expected at least ${leastTokenLength} characters, got ${token.length}`;
    if (token === null && !isLoopback(values.host)) {
      return `--host ${values.host}: other machines can reach it, so a token is required: set HOLDFAST_TOKEN to a secret of at least ${leastTokenLength} characters`;
    }
    return {
      host: values.host,
      port: numberOf("--port", values.port, 0, 65_535),
      runsFolder: values.runs,
      token,
      allowedHosts: values["allow-host"],
      redisUrl: values.redis === "" ? null : readRedisUrl(values.redis),
      agentSecret: readSecret(environment),
      opensMetrics: values["open-metrics"],
      atOnce: numberOf("--at-once", values["at-once"], 1, 100),
      perTarget: numberOf("--per-target", values["per-target"], 1, 100),
      perMinute: numberOf("--requests-per-minute", values["requests-per-minute"], 1, 1_000_000),
    };
  } catch (error) {
    return (error as Error).message;
  }
}

function numberOf(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d{1,7}$/.test(text) || value < least || value > most)
    throw new Error(`${flag}: expected ${least} to ${most}, got "${text}"`);
  return value;
}
