/** The process of `holdfast agent`, loaded once enough descriptors are available. */
import { cpus, hostname } from "node:os";
import { parseArgs } from "node:util";
import closeGracefully from "close-with-grace";
import { isLoopback } from "../../clients/measure/loopback.ts";
import { parseMetricsAddress } from "../../clients/metrics/metrics-server.ts";
import { Agent, type AgentOptions } from "./agent.ts";
import { printable } from "./document-check.ts";
import { serveProcessMetrics } from "./metrics-page.ts";
import { redisDoor } from "./own-door.ts";
import { readRedisUrl } from "./redis-url.ts";
import { forgetSecrets, readSecret, Seal } from "./seal.ts";
import { whenWrapperEnds } from "./wrapper.ts";

const usage = `usage: holdfast agent [--redis URL] [--slots N] [--name NAME] [--metrics HOST:PORT] [--allow-host HOST]...
The URL may be set in REDIS_URL; the secret that signs jobs is read from HOLDFAST_AGENT_SECRET or HOLDFAST_AGENT_SECRET_FILE.
`;
const say = (line: string): void => void process.stderr.write(`holdfast agent: ${line}\n`);

function refuse(problem: string): never {
  say(problem);
  process.stderr.write(usage);
  process.exit(2);
}

function readOptions(): Omit<AgentOptions, "say" | "redisDoor"> {
  const { values } = parseArgs({
    options: {
      redis: { type: "string" },
      slots: { type: "string" },
      name: { type: "string" },
      metrics: { type: "string" },
      "allow-host": { type: "string", multiple: true, default: [] },
    },
  });
  const redisUrl = readRedisUrl(values.redis ?? process.env.REDIS_URL ?? "");
  const slots = Number(values.slots ?? cpus().length);
  if (!Number.isInteger(slots) || slots < 1 || slots > 1000)
    refuse(`--slots: expected 1 to 1000, got "${values.slots}"`);
  const metrics = values.metrics === undefined ? null : parseMetricsAddress(values.metrics);
  return {
    redisUrl,
    slots,
    name: values.name ?? hostname(),
    metrics,
    allowedHosts: values["allow-host"],
    seal: new Seal(readSecret(process.env)),
  };
}

/** The page's address once it is listening: port 0 is replaced by the one the system chose. */
async function openMetrics({ metrics }: Pick<AgentOptions, "metrics">): Promise<AgentOptions["metrics"]> {
  if (metrics === null) return null;
  const { host, port } = metrics;
  try {
    return { host, port: await serveProcessMetrics(host, port) };
  } catch (error) {
    return refuse(`--metrics: cannot listen on ${host}:${port}: ${(error as Error).message}; choose another`);
  }
}

let options: ReturnType<typeof readOptions>;
try {
  options = readOptions();
} catch (error) {
  refuse((error as Error).message);
}
forgetSecrets(process.env);
const door = await redisDoor(options.redisUrl);
if (!options.seal.isSigning && ![door.host, ...door.addresses].some(isLoopback)) {
  say(
    "jobs are not signed: anyone who can write to this Redis can make the agent load every host it allows; set HOLDFAST_AGENT_SECRET here and on the service",
  );
}
// Until Redis responds there is nothing to shut down in order.
const early = whenWrapperEnds(() => process.exit(1));
const metrics = await openMetrics(options);
// An error from Redis includes the rejected command, and thus the password: only its message may be shown.
const agent = await Agent.start({ ...options, metrics, redisDoor: door, say }).catch((error: Error) => {
  say(printable(`redis refuses: ${error.message}`));
  return process.exit(1);
});
early.forget();
const { close } = closeGracefully({ delay: 5000, logger: false }, async ({ err }) => {
  if (err !== undefined) say(`unexpected error: ${err.stack ?? err.message}`);
  await agent.close();
});
whenWrapperEnds(close);
