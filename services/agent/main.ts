/** The process of `holdfast agent`. */
import { cpus, hostname } from "node:os";
import { parseArgs } from "node:util";
import closeGracefully from "close-with-grace";
import { parseMetricsAddress } from "../../clients/metrics/metrics-server.ts";
import { Agent, type AgentOptions } from "./agent.ts";
import { serveProcessMetrics } from "./metrics-page.ts";

const usage = "usage: holdfast agent [--redis URL] [--slots N] [--name NAME] [--metrics HOST:PORT]\nThe URL may come from the environment, REDIS_URL.\n";
const say = (line: string): void => void process.stderr.write(`holdfast agent: ${line}\n`);

function refuse(problem: string): never {
  say(problem);
  process.stderr.write(usage);
  process.exit(2);
}

function readOptions(): Omit<AgentOptions, "say"> {
  const { values } = parseArgs({ options: { redis: { type: "string" }, slots: { type: "string" }, name: { type: "string" }, metrics: { type: "string" } } });
  const redisUrl = values.redis ?? process.env.REDIS_URL ?? "";
  if (!/^rediss?:\/\//.test(redisUrl)) refuse(`--redis: expected a URL such as redis://127.0.0.1:6379, got "${redisUrl}"`);
  const slots = Number(values.slots ?? cpus().length);
  if (!Number.isInteger(slots) || slots < 1 || slots > 1000) refuse(`--slots: expected 1 to 1000, got "${values.slots}"`);
  return { redisUrl, slots, name: values.name ?? hostname(), metrics: values.metrics === undefined ? null : parseMetricsAddress(values.metrics) };
}

/** The page's address as it listens: a port of 0 becomes the one the system chose. */
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
const agent = await Agent.start({ ...options, metrics: await openMetrics(options), say });
closeGracefully({ delay: 5000, logger: false }, async ({ err }) => {
  if (err !== undefined) say(`unexpected error: ${err.stack ?? err.message}`);
  await agent.close();
});
