/** How each kind of panel looks: units, colours, legends, axes. Defaults that bite are set here, once. */
import type { Json, JsonObject, PanelSpec } from "./panel-spec.ts";

/** One colour per runtime, on every dashboard. */
export const runtimeColours = {
  go: "#00ADD8",
  cpython: "#F2CC0C",
  pypy: "#E0226E",
  node: "#6CC24A",
  rehearsal: "#8F8F8F",
} as const;

/** From this width on a legend is a table at the right; narrower panels have it below. */
const legendRightFrom = 12;

export function panelLook(spec: PanelSpec): JsonObject {
  const fieldConfig = { defaults: { ...defaults(spec), custom: custom(spec) }, overrides: overrides(spec) };
  if (spec.kind !== "table") return { fieldConfig, options: options(spec) };
  return { fieldConfig, options: options(spec), transformations: tableColumns(spec) };
}

function defaults(spec: PanelSpec): JsonObject {
  const { unit, decimals, min, max, noValue, texts } = spec;
  return {
    unit,
    ...(decimals === undefined ? {} : { decimals }),
    ...(min === undefined && spec.kind !== "bargauge" ? {} : { min: min ?? 0 }),
    ...(max === undefined ? {} : { max }),
    ...(noValue === undefined ? {} : { noValue }),
    color: {
      mode:
        spec.kind === "stat" || (spec.kind === "bargauge" && spec.byRuntime !== true)
          ? "thresholds"
          : "palette-classic",
    },
    mappings:
      texts === undefined
        ? []
        : [
            {
              type: "value",
              options: Object.fromEntries(texts.map((state, index) => [`${index}`, { ...state, index }])),
            },
          ],
    thresholds: { mode: "absolute", steps: thresholdSteps(spec) },
  };
}

/** The first step is also the colour of what is not there: grey, for no figure is no good figure. */
function thresholdSteps({ fail, wanted, neutral }: PanelSpec): Json[] {
  const steps: Json[] = [{ color: "text", value: null }];
  if (neutral) return steps;
  if (wanted !== undefined)
    return [
      ...steps,
      { color: "red", value: 0 },
      { color: "orange", value: wanted.orange },
      { color: "green", value: wanted.green },
    ];
  steps.push({ color: "green", value: 0 });
  if (fail !== undefined) steps.push({ color: "red", value: fail });
  return steps;
}

function custom({ kind, stacked }: PanelSpec): JsonObject {
  if (kind === "state-timeline") return { fillOpacity: 70, lineWidth: 0 };
  if (kind === "heatmap")
    return { hideFrom: { legend: false, tooltip: false, viz: false }, scaleDistribution: { type: "linear" } };
  if (kind === "table") return { align: "auto", cellOptions: { type: "auto" }, filterable: true };
  if (kind !== "timeseries") return {};
  const stacking = { mode: stacked ? "normal" : "none", group: "A" };
  return {
    drawStyle: stacked ? "bars" : "line",
    lineWidth: 1,
    fillOpacity: stacked ? 60 : 8,
    showPoints: "auto",
    spanNulls: false,
    stacking,
    axisSoftMin: 0,
  };
}

function overrides(spec: PanelSpec): Json[] {
  const colours = spec.byRuntime
    ? Object.entries(runtimeColours).map(([name, color]) =>
        override("byRegexp", `/^${name}/`, { color: { mode: "fixed", fixedColor: color } }),
      )
    : [];
  const named = Object.entries(spec.colours ?? {}).map(([name, { color, dashed }]) =>
    override("byRegexp", `/(^| )${name}( |$)/`, {
      color: { mode: "fixed", fixedColor: color },
      ...(dashed ? { "custom.lineStyle": { fill: "dash", dash: [8, 6] }, "custom.fillOpacity": 0 } : {}),
    }),
  );
  const columns = (spec.columns ?? []).flatMap((column) =>
    column === null
      ? []
      : [override("byName", column.title, { unit: column.unit, ...(column.hidden ? { "custom.hidden": true } : {}) })],
  );
  const texts = Object.entries(spec.textColours ?? {}).map(([column, colours]) =>
    override("byName", column, {
      "custom.cellOptions": { type: "color-background", mode: "basic" },
      mappings: [
        {
          type: "value",
          options: Object.fromEntries(
            Object.entries(colours).map(([text, color], index) => [text, { text, color, index }]),
          ),
        },
      ],
    }),
  );
  const cellLinks = Object.entries(spec.cellLinks ?? {}).map(([column, link]) =>
    override("byName", column, { links: [{ ...link, targetBlank: false }] }),
  );
  const right = spec.queries.flatMap(({ rightUnit }, index) =>
    rightUnit === undefined
      ? []
      : [
          override("byFrameRefID", String.fromCharCode(65 + index), {
            unit: rightUnit,
            "custom.axisPlacement": "right",
          }),
        ],
  );
  return [...colours, ...named, ...columns, ...texts, ...cellLinks, ...right];
}

function override(id: string, matched: string, properties: JsonObject): JsonObject {
  return {
    matcher: { id, options: matched },
    properties: Object.entries(properties).map(([property, value]) => ({ id: property, value })),
  };
}

function options(spec: PanelSpec): JsonObject {
  const reduceOptions = { calcs: ["lastNotNull"], fields: "", values: false };
  switch (spec.kind) {
    case "timeseries":
      return { legend: legend(spec), tooltip: { mode: "multi", sort: "desc" } };
    case "stat":
      return {
        reduceOptions,
        colorMode: "value",
        graphMode: "none",
        justifyMode: "auto",
        orientation: "auto",
        textMode: "auto",
        wideLayout: true,
        text: { titleSize: 12, valueSize: 24 },
      };
    case "bargauge":
      return {
        reduceOptions,
        displayMode: "basic",
        orientation: "horizontal",
        showUnfilled: true,
        valueMode: "color",
        namePlacement: "auto",
        minVizHeight: 16,
        minVizWidth: 8,
      };
    case "state-timeline":
      return {
        showValue: "auto",
        mergeValues: true,
        alignValue: "left",
        rowHeight: 0.9,
        legend: { ...legend(spec), showLegend: false },
        tooltip: { mode: "single", sort: "none" },
      };
    case "heatmap":
      return heatmap(spec);
    case "table":
      return { showHeader: true, cellHeight: "sm", footer: { show: false, reducer: [], fields: "", countRows: false } };
  }
}

function legend({ width }: PanelSpec): JsonObject {
  const isRight = width >= legendRightFrom;
  return {
    showLegend: true,
    displayMode: isRight ? "table" : "list",
    placement: isRight ? "right" : "bottom",
    calcs: isRight ? ["lastNotNull", "max"] : [],
  };
}

/** `steps` left out means 0 colours, and the panel draws nothing. */
function heatmap({ unit, axisUnit = unit }: PanelSpec): JsonObject {
  return {
    calculate: false,
    cellGap: 0,
    color: {
      mode: "scheme",
      scheme: "Turbo",
      steps: 64,
      exponent: 0.5,
      scale: "exponential",
      fill: "dark-orange",
      reverse: false,
    },
    exemplars: { color: "rgba(255,0,255,0.7)" },
    filterValues: { le: 1e-9 },
    legend: { show: true },
    rowsFrame: { layout: "auto" },
    showValue: "never",
    tooltip: { mode: "single", yHistogram: true, showColorScale: true },
    yAxis: { axisPlacement: "left", reverse: false, unit: axisUnit },
  };
}

function tableColumns({ columns = [], labelColumns = {}, columnOrder = [], greatestFirst }: PanelSpec): Json[] {
  const values = columns.map((column, index) => ({
    field: `Value #${String.fromCharCode(65 + index)}`,
    title: column?.title,
  }));
  const hidden = ["Time", ...values.filter(({ title }) => title === undefined).map(({ field }) => field)];
  const shown = [
    ...Object.entries(labelColumns),
    ...values.flatMap(({ field, title }) => (title === undefined ? [] : [[field, title] as const])),
  ];
  const place = (title: string): number =>
    columnOrder.includes(title) ? columnOrder.indexOf(title) : columnOrder.length;
  shown.sort(([, left], [, right]) => place(left) - place(right));
  return [
    { id: "merge", options: {} },
    {
      id: "organize",
      options: {
        excludeByName: Object.fromEntries(hidden.map((field) => [field, true])),
        indexByName: Object.fromEntries(shown.map(([field], index) => [field, index])),
        renameByName: Object.fromEntries(shown),
      },
    },
    ...(greatestFirst === undefined
      ? []
      : [{ id: "sortBy", options: { sort: [{ field: greatestFirst, desc: true }] } }]),
  ];
}
