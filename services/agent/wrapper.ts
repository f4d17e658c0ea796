/**
 * The command line starts a service as a process of its own and holds a channel to it. The channel's end is the
 * command's end, however it ended: a service nobody can stop any more must not go on. A service that was started
 * directly has no channel.
 */

/** Calls back once the command that started this process is gone; at once when it is gone already. */
export function whenWrapperEnds(end: () => void): { forget(): void } {
  if (!isWrapped) return { forget: () => {} };
  if (!process.connected) end();
  process.on("disconnect", end);
  return { forget: () => void process.off("disconnect", end) };
}

/** Read when the process begins: later a channel may be closed. */
const isWrapped = process.channel !== undefined;
