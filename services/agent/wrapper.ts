/**
 * The command line starts a service as a separate process and keeps a channel to it. When the command ends, for
 * whatever reason, the channel closes and the service must stop, because nothing could stop it any more. A service
 * started directly has no channel.
 */

/** Calls back once the command that started this process is gone; at once if it already is. */
export function whenWrapperEnds(end: () => void): { forget(): void } {
  if (!isWrapped) return { forget: () => {} };
  if (!process.connected) end();
  process.on("disconnect", end);
  return { forget: () => void process.off("disconnect", end) };
}

/** Read at process start, because the channel may be closed later. */
const isWrapped = process.channel !== undefined;
