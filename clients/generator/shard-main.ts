/**
 * Entry of a shard process. It exits when its parent does: a generator that nothing supervises must not keep running.
 */

import type { ToShard } from "./plan.ts";
import { ShardProcess } from "./process.ts";

const shard = new ShardProcess((message) => {
  process.send?.(message, (error: Error | null) => {
    if (error !== null) process.exit(1);
    if (message.type === "done" || message.type === "failed") process.disconnect();
  });
});

process.on("message", (message: ToShard) => void shard.take(message));
process.on("disconnect", () => process.exit());
// The terminal sends Ctrl-C to the whole process group; the parent decides how to handle it.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
