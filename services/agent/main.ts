/** The process of `holdfast agent`. */
import { cpus, hostname } from "node:os";
import { parseArgs } from "node:util";
import closeGracefully from "close-with-grace";
import { parseMetricsAddress } from "../../clients/report/metrics-server.ts";
import { Agent } from "./agent.ts";
import { serveProcessMetrics } from "./metrics-page.ts";

const usage = "usage: holdfast agent [--redis URL] [--slots N] [--name NAME] [--metrics HOST:PORT]\nThe URL may come from the environment, REDIS_URL.\n";
const say = (line: string): void => void process.stderr.write(`holdfast agent: ${line}\n`);

function refuse(problem: string): never {
  say(problem);
  process.stderr.write(usage);
  process.exit(2);
}

function readOptions(): { redisUrl: string; slots: number; name: string; metrics: string | null } {
  const { values } = parseArgs({ options: { redis: { type: "string" }, slots: { type: "string" }, name: { type: "string" }, metrics: { type: "string" } } });
  const redisUrl = values.redis ?? process.env.REDIS_URL ?? "";
  if (!/^rediss?:\/\//.test(redisUrl)) refuse(`--redis: expected a URL such as redis://127.0.0.1:6379, got "${redisUrl}"`);
  const slots = Number(values.slots ?? cpus().length);
  if (!Number.isInteger(slots) || slots < 1 || slots > 1000) refuse(`--slots: expected 1 to 1000, got "${values.slots}"`);
  return { redisUrl, slots, name: values.name ?? hostname(), metrics: values.metrics ?? null };
}

/** Serves the page and says where others find it. */
async function openMetrics(text: string): Promise<string> {
  const { host, port } = parseMetricsAddress(text);
  const actual = await serveProcessMetrics(host, port);
  return `${host === "0.0.0.0" ? hostname() : host}:${actual}`;
}

let options: ReturnType<typeof readOptions>;
try {
  options = readOptions();
} catch (error) {
  refuse((error as Error).message);
}
const metricsAddress = options.metrics === null ? null : await openMetrics(options.metrics);
const agent = await Agent.start({ ...options, metricsAddress, say });
closeGracefully({ delay: 5000, logger: false }, async ({ err }) => {
  if (err !== undefined) say(`unexpected error: ${err.stack ?? err.message}`);
  await agent.close();
});
