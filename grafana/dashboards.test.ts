import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { causeList, causes } from "../clients/measure/cause.ts";
import { histogramBoundsSeconds } from "../clients/measure/histogram/bucket-counts.ts";
import { metrics } from "../clients/metrics/metric-names.ts";
import { causeColours } from "./cause-colours.ts";
import { dashboardFiles } from "./dashboards.ts";
import { dashboardUids } from "./identity.ts";
import { projectFolder } from "./project-folder.ts";
import { anyRun, queriesOf, readDashboards, withVariables } from "./testing/dashboard-queries.ts";
import { metricNamesIn, syntaxFaults } from "./testing/promql-syntax.ts";

const dashboards = readDashboards();
const panelsOf = (dashboard: (typeof dashboards)[number]) => dashboard.panels.filter(({ type }) => type !== "row");
const rulesText = readFileSync(join(projectFolder, "prometheus/rules.yml"), "utf8");

test("the committed dashboards are what the sources generate", () => {
  for (const { name, text } of dashboardFiles()) {
    const committed = readFileSync(join(projectFolder, "grafana/dashboards", name), "utf8");
    assert.equal(committed, text, `${name} differs: run node dist/grafana/generate.js`);
  }
});

test("there is a dashboard for each fixed uid, with the same time, refresh, crosshair and links", () => {
  assert.deepEqual(
    dashboards.map(({ uid }) => uid),
    [...dashboardUids],
  );
  for (const { schemaVersion, refresh, graphTooltip, time, timepicker, links, templating } of dashboards) {
    assert.deepEqual([schemaVersion, refresh, graphTooltip, time], [39, "5s", 1, { from: "now-5m", to: "now" }]);
    assert.ok(timepicker.refresh_intervals.includes("1s"));
    assert.ok(links.every(({ keepTime, includeVars }) => keepTime && includeVars));
    assert.deepEqual(
      templating.list.slice(0, 4).map(({ name }) => name),
      ["datasource", "run", "runs", "target"],
    );
  }
});

for (const dashboard of dashboards) {
  test(`${dashboard.uid}: ids are unique, panels keep to the 24 columns, do not overlap and leave no holes`, () => {
    const { panels } = dashboard;
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      assert.ok(gridPos.x >= 0 && gridPos.w > 0 && gridPos.x + gridPos.w <= 24, `${title} leaves the grid`);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.equal(taken.get(`${x},${y}`), undefined, `${title} overlaps`);
          taken.set(`${x},${y}`, title);
        }
      }
    }
    // No holes either: Grafana would pull a panel from below into one, and the order would not be ours.
    const depth = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
    const holes = Array.from({ length: 24 * depth }, (_, cell) => `${cell % 24},${Math.floor(cell / 24)}`).filter(
      (cell) => !taken.has(cell),
    );
    assert.deepEqual(holes.slice(0, 5), []);
  });

  test(`${dashboard.uid}: every panel has a title of its own, a unit, a description and the chosen data source, every query a refId`, () => {
    const panels = panelsOf(dashboard);
    assert.equal(new Set(panels.map(({ title }) => title)).size, panels.length);
    for (const { title, description = "", datasource, targets = [], fieldConfig } of panels) {
      assert.notEqual(fieldConfig?.defaults.unit ?? "", "", `${title} has no unit`);
      assert.equal(description.split("\n\n").length, 3, `${title}: shows, between, bad`);
      assert.ok(targets.length > 0, `${title} asks nothing`);
      assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length);
      for (const source of [datasource, ...targets.map((target) => target.datasource)]) {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's variable syntax
        assert.deepEqual(source, { type: "prometheus", uid: "${datasource}" });
      }
      for (const { refId = "" } of targets) assert.match(refId, /^[A-Z]$/);
    }
  });

  test(`${dashboard.uid}: legends are a table at the right of wide panels and below narrow ones, heatmaps have colours`, () => {
    for (const { title, type, gridPos, options } of panelsOf(dashboard)) {
      const legend = options?.legend as { displayMode: string; placement: string };
      if (type === "timeseries")
        assert.deepEqual(
          [legend.displayMode, legend.placement],
          gridPos.w >= 12 ? ["table", "right"] : ["list", "bottom"],
          title,
        );
      if (type === "heatmap") assert.ok((options?.color as { steps: number } | undefined)?.steps === 64, title);
    }
  });

  test(`${dashboard.uid}: every query parses, selects by run and target with =~, and divides only by what is above 0`, () => {
    for (const { panel, expr } of queriesOf(dashboard)) {
      const query = withVariables(expr, anyRun);
      assert.deepEqual(syntaxFaults(query), [], `${panel}: ${query}`);
      assert.equal(
        /run=~"\$runs"/.test(expr) && /target=~"(\$target|cpython\.\*)"/.test(expr),
        true,
        `${panel}: ${expr}`,
      );
      for (const [, divisor] of expr.matchAll(/ \/ (.*)/g)) assert.match(divisor!, / > 0\)/, `${panel}: ${expr}`);
    }
  });
}

for (const dashboard of dashboards) {
  const panels = panelsOf(dashboard);
  const overridesOf = (panel: (typeof panels)[number]) => panel.fieldConfig?.overrides ?? [];

  test(`${dashboard.uid}: bars begin at 0, and no share is cut off at 100 %`, () => {
    for (const { title, type, fieldConfig } of panels) {
      if (type !== "bargauge") continue;
      assert.equal(fieldConfig?.defaults.min, 0, title);
      assert.notEqual(fieldConfig?.defaults.unit, "percentunit", title);
    }
  });

  test(`${dashboard.uid}: a heatmap's cells are per second and its axis is a time`, () => {
    for (const { title, type, fieldConfig, options } of panels) {
      if (type === "heatmap")
        assert.deepEqual(
          [fieldConfig?.defaults.unit, (options?.yAxis as { unit: string } | undefined)?.unit],
          ["cps", "s"],
          title,
        );
    }
  });

  test(`${dashboard.uid}: a stat reads the last value of a range, and what is not there is grey`, () => {
    for (const { title, type, fieldConfig, targets = [] } of panels) {
      if (type !== "stat") continue;
      assert.ok(
        targets.every(({ instant }) => !instant),
        title,
      );
      assert.deepEqual(fieldConfig?.defaults.thresholds?.steps[0], { color: "text", value: null }, title);
    }
  });

  test(`${dashboard.uid}: no legend has a run's id, and open, planned and causes have colours of their own`, () => {
    for (const panel of panels) {
      for (const { legendFormat = "" } of panel.targets ?? []) {
        assert.ok(!legendFormat.includes("{{run}}"), panel.title);
        for (const name of ["open", "planned"]) {
          if (panel.type !== "timeseries" || !legendFormat.endsWith(` ${name}`)) continue;
          const colours = overridesOf(panel).filter(({ matcher }) => matcher.options.includes(`)${name}(`));
          assert.ok(
            colours.length === 1 && colours[0]!.properties.some(({ id }) => id === "color"),
            `${panel.title}: ${name}`,
          );
        }
      }
    }
  });

  test(`${dashboard.uid}: what a link carries is valid on the board it leads to`, () => {
    const choices = dashboard.templating.list.filter(
      ({ name, skipUrlSync }) => ["run", "target"].includes(name) && !skipUrlSync,
    );
    assert.deepEqual(
      choices.map(({ includeAll, allValue }) => [includeAll, allValue]),
      [
        [true, ".*"],
        [true, ".*"],
      ],
    );
    assert.ok(
      dashboard.templating.list.some(
        ({ name, query }) => name === "run" && typeof query !== "string" && query.query.includes('"newest"'),
      ),
    );
    const urls = panels.flatMap((panel) =>
      overridesOf(panel).flatMap(({ properties }) => properties.filter(({ id }) => id === "links")),
    );
    for (const { value } of urls) {
      for (const { url } of value as { url: string }[]) {
        for (const [, name] of url.matchAll(/var-(\w+)=/g))
          for (const { templating } of dashboards)
            assert.ok(
              templating.list.some((one) => one.name === name),
              name,
            );
      }
    }
  });
}

test("open is neutral; open of planned is red below 95 % and in a total outage, green from 99.9 %; each cause has a colour of its own", () => {
  const stat = (title: string) =>
    dashboards.flatMap(panelsOf).find((panel) => panel.type === "stat" && panel.title === title)?.fieldConfig?.defaults
      .thresholds?.steps;
  const colourAt = (title: string, value: number) =>
    stat(title)?.findLast((step) => (step.value ?? Number.NEGATIVE_INFINITY) <= value)?.color;
  assert.deepEqual(
    [0, 0.9499, 0.95, 0.9989, 0.999, 1].map((value) => colourAt("Open of planned", value)),
    ["red", "red", "orange", "orange", "green", "green"],
  );
  assert.equal(colourAt("Open", 0), colourAt("Open", 1000));
  const lost = causeList
    .filter((cause) => causes[cause].stage !== "generator")
    .map((cause) => causeColours[cause]?.color);
  assert.equal(new Set(lost).size, lost.length);
  assert.ok(!lost.includes(causeColours.planned?.color));
});

test("the parser finds faults", () => {
  assert.deepEqual(syntaxFaults("sum by (run (x)").length > 0, true);
  assert.deepEqual(syntaxFaults('rate(x{a="b"}[5s])'), []);
});

test("phases are marked at the instants the metric's value tells", () => {
  for (const { annotations } of dashboards) {
    assert.deepEqual(
      annotations.list.map(({ name, useValueForTime, expr }) => [name, useValueForTime, expr.endsWith("* 1000")]),
      [
        ["Phases", true, true],
        ["Mass drops", false, false],
        ["Alerts", false, false],
      ],
    );
  }
});

test("every metric is on a dashboard or in a rule, and every query names a metric that exists", () => {
  const variables = dashboards.flatMap(({ templating }) =>
    templating.list.map(({ query }) => (typeof query === "string" ? query : query.query)),
  );
  const queries = [...dashboards.flatMap(queriesOf).map(({ expr }) => expr), ...variables];
  const named = new Set([...queries.flatMap(metricNamesIn), ...metricNamesIn(rulesText)]);
  assert.deepEqual(
    [...named].filter((name) => !(name in metrics)),
    [],
  );
  assert.deepEqual(
    Object.keys(metrics).filter((name) => !named.has(name)),
    [],
  );
});

test("every alert points to a panel that exists", () => {
  const titles = new Set(
    dashboards.flatMap((dashboard) => panelsOf(dashboard).map(({ title }) => `${dashboard.uid} / ${title}`)),
  );
  const named = [...rulesText.matchAll(/^ +panel: (.+)$/gm)].map(([, panel]) => panel!);
  assert.equal(named.length, [...rulesText.matchAll(/- alert:/g)].length);
  assert.deepEqual(
    named.filter((panel) => !titles.has(panel)),
    [],
  );
});

test("the bounds of the API dashboard's limit are bounds of the histogram", () => {
  const bound = dashboards.flatMap(({ templating }) => templating.list).find(({ name }) => name === "bound");
  const bounds = String(bound?.query).split(",");
  assert.ok(bounds.length > 5);
  assert.deepEqual(
    bounds.filter((text) => !histogramBoundsSeconds.map(String).includes(text)),
    [],
  );
  assert.equal(bound?.current.value, "0.1024");
});
