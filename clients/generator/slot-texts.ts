/** The templates of a plan, filled in for the connections of a shard. */
import type { CompileText } from "../connection/codec/mqtt/options.ts";
import { connectionNumber } from "../plan/shard.ts";
import { fillTemplate, templateParts } from "../scenario/template.ts";
import type { ShardPlan } from "./plan.ts";

export function slotTexts({ shard, shards }: Pick<ShardPlan, "shard" | "shards">): CompileText {
  return (template) => {
    const parts = templateParts(template);
    return (slot) => fillTemplate(parts, connectionNumber(slot, shard, shards));
  };
}
