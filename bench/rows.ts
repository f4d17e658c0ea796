/** All rows, in the order of docs/performance.md. */
import type { Row } from "./row.ts";
import { agentsRow } from "./rows/agents.ts";
import { api } from "./rows/api.ts";
import { connect } from "./rows/connect.ts";
import { conversations } from "./rows/conversations.ts";
import { fidelity } from "./rows/fidelity.ts";
import { memory } from "./rows/memory.ts";
import { pushCpu } from "./rows/push-cpu.ts";
import { huge, scale } from "./rows/scale.ts";
import { soak } from "./rows/soak.ts";
import { tally } from "./rows/tally.ts";
import { tls } from "./rows/tls/tls.ts";

export const rows: readonly Row[] = [
  fidelity,
  memory,
  connect,
  pushCpu,
  conversations,
  api,
  tls,
  scale,
  tally,
  soak,
  agentsRow,
  huge,
];
/** Asked for by name or with --huge only. */
export const onDemand: readonly Row[] = [agentsRow, huge];
