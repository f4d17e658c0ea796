/** The process of `holdfast keeper`. */
import closeGracefully from "close-with-grace";
import { whenWrapperEnds } from "../agent/wrapper.ts";
import { Keeper } from "./keeper.ts";
import { type KeeperOptions, readOptions, usage } from "./options.ts";

const say = (line: string): void => void process.stderr.write(`holdfast keeper: ${line}\n`);

function refuse(problem: string): never {
  for (const line of problem.split("\n")) say(line);
  process.stderr.write(usage);
  process.exit(2);
}

let options: KeeperOptions;
try {
  options = readOptions(process.argv.slice(2), process.env);
} catch (error) {
  refuse((error as Error).message);
}
const keeper = new Keeper(options);
const url = await keeper.start(options.listen).catch(async (error: NodeJS.ErrnoException) => {
  await keeper.close();
  return refuse(`--listen: cannot listen on ${options.listen.host}:${options.listen.port} (${error.code})`);
});
const whom = options.command === null ? `process ${options.pids.join(", ")}` : "the command it started";
say(`reports the memory and CPU of ${whom} at ${url}`);
const { close } = closeGracefully({ delay: 8000, logger: false }, async ({ err }) => {
  if (err !== undefined) say(`unexpected error: ${err.stack ?? err.message}`);
  await keeper.close();
});
whenWrapperEnds(close);
