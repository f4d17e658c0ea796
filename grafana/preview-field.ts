/** What a panel's field configuration says of one of its series: unit, colour, axis. */
import type { PanelJson } from "./dashboard-queries.ts";
import type { PreviewSeries } from "./preview-data.ts";

/** Grafana's names for the colours our dashboards use. */
const named: Readonly<Record<string, string>> = {
  green: "#3f9b47",
  "semi-dark-green": "#37872d",
  orange: "#e0752d",
  red: "#d43b3b",
  blue: "#3b78c4",
  purple: "#8f4bb8",
  text: "#7a828c",
};

/** Series without a colour of their own take these in turn. */
const palette = ["#3f9b47", "#d9a400", "#3b78c4", "#e0752d", "#d43b3b", "#1f9aa8", "#8f4bb8", "#7a5a3a", "#c2458f", "#5b6770"] as const;

export const colourOf = (name: string): string => named[name] ?? name;

export interface Field {
  unit: string;
  colour: string;
  isRight: boolean;
}

export function unitOf({ fieldConfig }: PanelJson): string {
  return fieldConfig?.defaults.unit ?? "short";
}

/** The unit of a table's column, by its title. */
export function columnUnit(panel: PanelJson, title: string): string {
  const override = panel.fieldConfig?.overrides.find(({ matcher }) => matcher.id === "byName" && matcher.options === title);
  return (override?.properties.find(({ id }) => id === "unit")?.value as string | undefined) ?? unitOf(panel);
}

export function fieldOf(panel: PanelJson, { name, refId }: PreviewSeries, index: number): Field {
  const field: Field = { unit: unitOf(panel), colour: palette[index % palette.length]!, isRight: false };
  for (const { matcher, properties } of panel.fieldConfig?.overrides ?? []) {
    const isOurs = matcher.id === "byRegexp" ? new RegExp(matcher.options.slice(1, -1)).test(name) : matcher.id === "byFrameRefID" && matcher.options === refId;
    if (!isOurs) continue;
    for (const { id, value } of properties) {
      if (id === "unit") field.unit = value as string;
      if (id === "custom.axisPlacement") field.isRight = value === "right";
      if (id === "color") field.colour = (value as { fixedColor: string }).fixedColor;
    }
  }
  return field;
}

/** The colour of the highest threshold a value reaches. */
export function thresholdColour({ fieldConfig }: PanelJson, value: number): string {
  const reached = (fieldConfig?.defaults.thresholds?.steps ?? []).filter((step) => step.value === null || value >= step.value);
  return colourOf(reached.at(-1)?.color ?? "green");
}

/** The text and colour a whole number stands for; null: it stands for itself. */
export function mappedText({ fieldConfig }: PanelJson, value: number): { text: string; colour: string } | null {
  const found = fieldConfig?.defaults.mappings?.[0]?.options[`${value}`];
  return found === undefined ? null : { text: found.text, colour: colourOf(found.color) };
}

/** Two lines of one colour in a panel are told apart by shades: the first is as given, the next ones lighter. */
export function shaded(colours: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return colours.map((colour) => {
    const times = seen.get(colour) ?? 0;
    seen.set(colour, times + 1);
    return times === 0 ? colour : `color-mix(in srgb, ${colour} ${Math.max(35, 100 - 30 * times)}%, #222)`;
  });
}
