/** Names by which other files know the dashboards and their data source. */
export const datasourceUid = "holdfast-prometheus";
export const dashboardUids = [
  "holdfast-overview",
  "holdfast-connections",
  "holdfast-api",
  "holdfast-pipeline",
] as const;
export type DashboardUid = (typeof dashboardUids)[number];
