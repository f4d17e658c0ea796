/** The process of `holdfast keeper`. */
import closeGracefully from "close-with-grace";
import { whenWrapperEnds } from "../agent/wrapper.ts";
import { stopProfiledMs } from "./command.ts";
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
const keeper = new Keeper(options, say);
const delay = options.profile === null ? 8000 : stopProfiledMs + 8000;
// Registered before the command starts, so that a keeper ended early also stops its command.
const { close } = closeGracefully({ delay, logger: false }, async ({ err }) => {
  if (err !== undefined) say(`unexpected error: ${err.stack ?? err.message}`);
  await keeper.close();
});
whenWrapperEnds(close);
const url = await keeper.start(options.listen).catch(async (error: NodeJS.ErrnoException) => {
  await keeper.close();
  return refuse(`--listen: cannot listen on ${options.listen.host}:${options.listen.port} (${error.code})`);
});
say(`reports the memory and CPU of ${whom(options)} at ${url}`);
if (options.profile !== null)
  say(`profiles the command by ${options.profile.by}; a folder for each start in ${options.profile.folder}`);

/** What is monitored, with the names given. */
function whom({ pids, names, command }: KeeperOptions): string {
  const named = (what: string | number, at: number) => (names[at] === undefined ? `${what}` : `${what} (${names[at]})`);
  return command === null ? `process ${pids.map(named).join(", ")}` : named("the command it started", 0);
}
