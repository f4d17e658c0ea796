/** The blocks of a report, in the order they are read. A new block is a file beside this one and a line in the list. */
import type { Report } from "../model/report.ts";
import { addressBlock } from "./addresses.ts";
import type { Block, BlockOf, Recorded } from "./block.ts";
import { causeBlocks } from "./causes.ts";
import { connectionBlock, pushBlock } from "./connections.ts";
import { conversationBlocks, groupBlock } from "./conversation.ts";
import { hostBlocks } from "./host.ts";
import { capacityBlock } from "./kinds/capacity.ts";
import { footprintBlock, pipelineBlock } from "./kinds/pipeline.ts";
import { requestBlocks } from "./kinds/requests.ts";
import { soakBlock } from "./kinds/soak.ts";
import { streamBlocks } from "./kinds/streams.ts";
import { latencyBlock } from "./latency.ts";
import { limitBlock } from "./limits.ts";
import { mqttBlock } from "./mqtt.ts";
import { profileBlocks } from "./profile.ts";
import { reconnectBlock } from "./reconnect.ts";
import { regularityBlock } from "./regularity.ts";
import { slowReaderBlock } from "./slow-readers.ts";
import { stageBlock } from "./stages.ts";
import { stormBlock } from "./storm.ts";
import { targetBlock } from "./target.ts";
import { tlsBlock } from "./tls.ts";
import { trustBlock } from "./trust.ts";

/** A pipeline has commands and answers: no connections, and no generator beside them. */
const unlessPipeline =
  (block: BlockOf): BlockOf =>
  (report, recorded) =>
    report.kind === "pipeline" ? null : block(report, recorded);

export const reportBlocks: readonly BlockOf[] = [
  requestBlocks,
  streamBlocks,
  capacityBlock,
  soakBlock,
  pipelineBlock,
  footprintBlock,
  unlessPipeline(connectionBlock),
  stageBlock,
  addressBlock,
  tlsBlock,
  stormBlock,
  reconnectBlock,
  unlessPipeline(pushBlock),
  unlessPipeline(latencyBlock),
  groupBlock,
  conversationBlocks,
  regularityBlock,
  slowReaderBlock,
  mqttBlock,
  unlessPipeline(targetBlock),
  unlessPipeline(causeBlocks),
  limitBlock,
  unlessPipeline(trustBlock),
  profileBlocks,
  hostBlocks,
];

/** Every block this report has something for. */
export function blocksOf(report: Report, recorded: Recorded, list: readonly BlockOf[] = reportBlocks): Block[] {
  return list.flatMap((block) => block(report, recorded) ?? []);
}
