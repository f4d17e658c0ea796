/** Is it alive, do connections hold, do pushes arrive in time, what does the target pay, can we trust ourselves. */

import { conversationsRow } from "./connections-conversations.ts";
import { targetRow, trustRow } from "./connections-cost.ts";
import { connectionsRow } from "./connections-held.ts";
import { nowRow } from "./connections-now.ts";
import { pushesRow } from "./connections-pushes.ts";
import type { DashboardSpec } from "./dashboard.ts";

export const connectionsDashboard: DashboardSpec = {
  uid: "holdfast-connections",
  title: "Holdfast connections",
  description:
    "One run, read top to bottom: is it alive, do connections hold, do pushes arrive in time, what does the target pay, can we trust ourselves.",
  beginsWithAllRuns: false,
  kinds: 'kind!~"api|streams|pipeline"',
  rows: [nowRow, connectionsRow, pushesRow, conversationsRow, targetRow, trustRow],
};
