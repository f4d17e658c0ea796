/** Number formats of the page. */
export const grouped = (value: number): string => Math.round(value).toLocaleString("en-US");

export function milliseconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return "not measured";
  return `${value < 10 ? value.toFixed(2) : value.toFixed(1)} ms`;
}

/** A value with its unit, for an axis or a legend. */
export function inUnit(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const text = Math.abs(value) >= 1000 ? grouped(value) : String(Number(value.toPrecision(3)));
  return unit === "" ? text : `${text} ${unit}`;
}

/** A date and time in the viewer's time zone. */
export const when = (iso: string): string =>
  new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** A duration for people: 4 s, 1 min 20 s, 2 h 5 min. */
export function lasting(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return ms > 0 && ms < 950 ? `${(ms / 1000).toFixed(1)} s` : `${seconds} s`;
  if (seconds < 3600)
    return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A count with its noun in singular or plural. */
export const counted = (count: number, noun: string): string => `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
