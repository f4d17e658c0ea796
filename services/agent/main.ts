/** The process of `holdfast agent`. */
import { cpus, hostname } from "node:os";
import { parseArgs } from "node:util";
import closeGracefully from "close-with-grace";
import { Agent } from "./agent.ts";

const usage = "usage: holdfast agent [--redis URL] [--slots N] [--name NAME]\nThe URL may come from the environment, REDIS_URL.\n";
const say = (line: string): void => void process.stderr.write(`holdfast agent: ${line}\n`);

function refuse(problem: string): never {
  say(problem);
  process.stderr.write(usage);
  process.exit(2);
}

function readOptions(): { redisUrl: string; slots: number; name: string } {
  const { values } = parseArgs({ options: { redis: { type: "string" }, slots: { type: "string" }, name: { type: "string" } } });
  const redisUrl = values.redis ?? process.env.REDIS_URL ?? "";
  if (!/^rediss?:\/\//.test(redisUrl)) refuse(`--redis: expected a URL such as redis://127.0.0.1:6379, got "${redisUrl}"`);
  const slots = Number(values.slots ?? cpus().length);
  if (!Number.isInteger(slots) || slots < 1 || slots > 1000) refuse(`--slots: expected 1 to 1000, got "${values.slots}"`);
  return { redisUrl, slots, name: values.name ?? hostname() };
}

let options: ReturnType<typeof readOptions>;
try {
  options = readOptions();
} catch (error) {
  refuse((error as Error).message);
}
const agent = await Agent.start({ ...options, say });
closeGracefully({ delay: 5000, logger: false }, async ({ err }) => {
  if (err !== undefined) say(`unexpected error: ${err.stack ?? err.message}`);
  await agent.close();
});
