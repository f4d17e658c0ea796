/** Ends a process in order, by a signal or by what is returned: the first signal lets runs drain and report, the second ends at once. */
import closeGracefully from "close-with-grace";

const mostMs = 60_000;

export function closeWithGrace(close: () => Promise<void>, log: { info(line: string): void; error(fields: object, line: string): void }): () => void {
  return closeGracefully({ delay: mostMs, logger: false }, async ({ signal, err }) => {
    if (err !== undefined) log.error({ err }, "unexpected error; closing");
    else log.info(`${signal ?? "closing"}: runs are drained and reported first; again to end at once`);
    await close();
  }).close;
}
