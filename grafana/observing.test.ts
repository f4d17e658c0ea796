import assert from "node:assert/strict";
import { test } from "node:test";
import { dashboardUids } from "./identity.ts";
import { readDashboards } from "./testing/dashboard-queries.ts";
import { readText } from "./testing/deployment.ts";

const text = readText("docs/observing.md").replace(/\s+/g, " ");

test("docs/observing.md names every dashboard, and only panels and alerts that exist", () => {
  for (const uid of dashboardUids) assert.ok(text.includes(uid), uid);
  const titles = readDashboards().flatMap(({ panels }) => panels.map(({ title }) => title));
  const quoted = [...text.matchAll(/"([A-Z][^"]+)"/g)].map(([, title]) => title!);
  assert.ok(quoted.length > 10);
  assert.deepEqual(
    quoted.filter((title) => !titles.includes(title)),
    [],
  );
  const alerts = [...text.matchAll(/Holdfast[A-Z]\w+/g)].map(([name]) => name);
  assert.deepEqual(
    alerts.filter((name) => !readText("prometheus/rules.yml").includes(`alert: ${name}\n`)),
    [],
  );
});
