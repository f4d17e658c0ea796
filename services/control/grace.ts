/**
 * Graceful shutdown on a signal or through the returned function: the first signal lets runs drain and report, the
 * second exits at once.
 */
import closeGracefully from "close-with-grace";
import { isRefusedByHost } from "./routes/problem.ts";

const mostMs = 60_000;

/**
 * Keeps the process running when the host refused something to one of its parts; any other unexpected error shuts it
 * down gracefully.
 */
function surviveHost(close: () => Promise<void>, log: { error(fields: object, line: string): void }): void {
  const meet = (error: unknown): void => {
    const isPassing = isRefusedByHost(error);
    log.error({ err: error }, isPassing ? "the host refused an operation; continuing" : "unexpected error; closing");
    if (!isPassing) void close().finally(() => process.exit(1));
  };
  process.on("uncaughtException", meet);
  process.on("unhandledRejection", meet);
}

export function closeWithGrace(
  close: () => Promise<void>,
  log: { info(line: string): void; error(fields: object, line: string): void },
): () => void {
  const { close: end } = closeGracefully(
    { delay: mostMs, logger: false, skip: ["uncaughtException", "unhandledRejection"] },
    async ({ signal }) => {
      log.info(`${signal ?? "closing"}: draining runs and writing their reports first; repeat to exit immediately`);
      await close();
    },
  );
  surviveHost(close, log);
  return end;
}
