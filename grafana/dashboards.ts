/** The dashboards, in the order of the menu; the first is home. */
import { apiDashboard } from "./api-dashboard.ts";
import { connectionsDashboard } from "./connections/dashboard.ts";
import { type DashboardSpec, renderDashboard } from "./dashboard.ts";
import { overviewDashboard } from "./overview-dashboard.ts";
import { pipelineDashboard } from "./pipeline-dashboard.ts";

export const dashboards: readonly DashboardSpec[] = [
  overviewDashboard,
  connectionsDashboard,
  apiDashboard,
  pipelineDashboard,
];

/** File name and text of each dashboard, as committed in grafana/dashboards/. */
export function dashboardFiles(): { name: string; text: string }[] {
  return dashboards.map((spec) => ({
    name: `${spec.uid}.json`,
    text: `${JSON.stringify(renderDashboard(spec), null, 2)}\n`,
  }));
}
