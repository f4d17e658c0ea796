/** Numbers as the page writes them. */
export const grouped = (value: number): string => Math.round(value).toLocaleString("en-US");

export function milliseconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return "not measured";
  return `${value < 10 ? value.toFixed(2) : value.toFixed(1)} ms`;
}

/** A value on an axis or in a legend, in its unit. */
export function inUnit(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const text = Math.abs(value) >= 1000 ? grouped(value) : String(Number(value.toPrecision(3)));
  return unit === "" ? text : `${text} ${unit}`;
}

/** When something was, for people: the viewer's own zone. */
export const when = (iso: string): string => new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
