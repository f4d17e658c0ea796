/** Writes the dashboards: `node dist/grafana/generate.js`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dashboardFiles } from "./dashboards.ts";
import { projectFolder } from "./project-folder.ts";

const folder = join(projectFolder, "grafana/dashboards");
mkdirSync(folder, { recursive: true });
for (const { name, text } of dashboardFiles()) writeFileSync(join(folder, name), text);
