/** Is it alive, do connections hold, do pushes arrive in time, what does the target pay, can we trust ourselves. */

import type { DashboardSpec } from "../dashboard.ts";
import { conversationsRow } from "./conversations.ts";
import { targetRow, trustRow } from "./cost.ts";
import { connectionsRow } from "./held.ts";
import { nowRow } from "./now.ts";
import { mqttRow, tlsRow } from "./protocols.ts";
import { pushesRow } from "./pushes.ts";

export const connectionsDashboard: DashboardSpec = {
  uid: "holdfast-connections",
  title: "Holdfast connections",
  description:
    "One run, read top to bottom: is it alive, do connections hold, do pushes arrive in time, what does it cost the target, can the generator be trusted.",
  beginsWithAllRuns: false,
  kinds: 'kind!~"api|streams|pipeline"',
  rows: [nowRow, connectionsRow, pushesRow, conversationsRow, mqttRow, tlsRow, targetRow, trustRow],
};
