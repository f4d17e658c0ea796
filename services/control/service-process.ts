/** The process of `holdfast serve`, loaded once enough descriptors are available. */
import { forgetSecrets } from "../agent/seal.ts";
import { whenWrapperEnds } from "../agent/wrapper.ts";
import { closeWithGrace } from "./grace.ts";
import { makeLogger } from "./logger.ts";
import { readOptions, usage } from "./options.ts";
import { FolderLock } from "./runs/folder-lock.ts";

const options = readOptions(process.argv.slice(2), process.env);
if (typeof options === "string") {
  process.stderr.write(`holdfast serve: ${options}\n${usage}`);
  process.exit(2);
}
forgetSecrets(process.env);
const logger = makeLogger();
const lock = await FolderLock.take(options.runsFolder);
if (typeof lock === "string") {
  process.stderr.write(`holdfast serve: ${lock}\n`);
  process.exit(2);
}
process.once("exit", () => lock?.release());
// A folder in use is reported before everything else is loaded.
const { makeService } = await import("./service.ts");
const service = await makeService(options, logger);
whenWrapperEnds(closeWithGrace(() => service.close(), logger));
try {
  const url = await service.app.listen({ host: options.host, port: options.port });
  process.stderr.write(`holdfast serve: ${url} (API at ${url}/docs)\n`);
} catch (error) {
  process.stderr.write(
    `holdfast serve: cannot listen on ${options.host}:${options.port}: ${(error as Error).message}; choose another --port\n`,
  );
  process.exit(2);
}
// Orders of the previous process are recovered only once this one is sure to serve.
service.recover();
