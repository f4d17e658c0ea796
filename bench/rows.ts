/** All rows, in the order of docs/performance.md. */
import type { Row } from "./row.ts";
import { agentsRow, agentsTalk } from "./rows/agents.ts";
import { api } from "./rows/api.ts";
import { connect } from "./rows/connect.ts";
import { conversations } from "./rows/conversations.ts";
import { fidelity } from "./rows/fidelity.ts";
import { memory } from "./rows/memory.ts";
import { mqtt } from "./rows/mqtt.ts";
import { opening } from "./rows/opening.ts";
import { pushCpu } from "./rows/push-cpu.ts";
import { huge, scale } from "./rows/scale.ts";
import { soak } from "./rows/soak.ts";
import { soakHour, soakTalk } from "./rows/soak-talk.ts";
import { streams } from "./rows/streams.ts";
import { tally } from "./rows/tally.ts";
import { tls } from "./rows/tls/tls.ts";

export const rows: readonly Row[] = [
  fidelity,
  memory,
  connect,
  pushCpu,
  opening,
  conversations,
  streams,
  mqtt,
  api,
  tls,
  scale,
  tally,
  soak,
  soakTalk,
  soakHour,
  agentsRow,
  agentsTalk,
  huge,
];
/** Run only when requested by name: they take an hour, or a dedicated machine. */
export const onDemand: readonly Row[] = [soakHour, agentsRow, agentsTalk, huge];
