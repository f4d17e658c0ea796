/** The entry of a shard process. Its parent's end is its end: a generator nobody listens to must not go on. */

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
// The terminal sends Ctrl-C to the whole group; the parent decides what it means.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
