/**
 * Numbers as a person reads them. Every figure of a report passes here, so that no NaN, Infinity or undefined is ever
 * printed.
 */

/** What stands where a figure was not measured. */
export const notMeasured = "not measured";

/** The unit of a figure, which decides how it is written. */
export const units = [
  "count",
  "milliseconds",
  "mebibytes",
  "kibibytes",
  "cores",
  "share",
  "perSecond",
  "ratio",
] as const;
export type Unit = (typeof units)[number];

/** Whether a value is a figure at all: JSON turns NaN into null, and a run may stop before a figure exists. */
export function isFigure(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** Three significant digits, grouped in thousands, never an exponent: `0.042`, `1.23`, `98.4`, `12,345`. */
export function formatNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return notMeasured;
  const size = Math.abs(value);
  if (size >= 10 ** digits || Number.isInteger(value)) return grouped.format(value);
  if (size < 0.0005) return value < 0 ? ">-0.001" : "<0.001";
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return decimals === 0 ? grouped.format(value) : value.toFixed(Math.min(decimals, 4));
}

/** A figure with its unit, or the words "not measured". */
export function formatFigure(value: unknown, unit: Unit): string {
  if (!isFigure(value)) return notMeasured;
  switch (unit) {
    case "count":
      return grouped.format(value);
    case "milliseconds":
      return value >= 10_000 ? `${formatNumber(value / 1000)} s` : `${formatMilliseconds(value)} ms`;
    case "mebibytes":
      return value >= 10_240 ? `${formatNumber(value / 1024)} GiB` : `${formatNumber(value)} MiB`;
    case "kibibytes":
      return value >= 10_240 ? `${formatNumber(value / 1024)} MiB` : `${formatNumber(value)} KiB`;
    case "cores":
      return value > 0 && value < 0.01 ? "<0.01" : value.toFixed(2);
    case "share":
      return formatShare(value);
    case "perSecond":
      return `${formatNumber(value)}/s`;
    case "ratio":
      return `${value < 10 ? value.toFixed(2) : formatNumber(value)}x`;
  }
}

/**
 * Milliseconds without the unit, to the microsecond below 0.1 and with one decimal less for each power of ten from
 * there.
 */
export function formatMilliseconds(value: number): string {
  if (!Number.isFinite(value)) return notMeasured;
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.0005) return "<0.001";
  return size >= 99.95 ? grouped.format(value) : value.toFixed(size < 0.0995 ? 3 : size < 9.995 ? 2 : 1);
}

/**
 * A share of one as a percentage; small ones keep their first digit, so that one in a million does not read as none.
 */
export function formatShare(value: number): string {
  if (!Number.isFinite(value)) return notMeasured;
  const percent = value * 100;
  if (percent === 0 || percent === 100) return `${percent} %`;
  if (Math.abs(percent) < 0.01)
    return `${percent
      .toPrecision(1)
      .replace(/e([+-]\d+)$/, " x 10^$1")
      .replace("^-0", "^-")} %`;
  return `${percent.toFixed(Math.abs(percent) < 1 ? 3 : 1)} %`;
}

/** Bytes as people read them, with a sign for what shrinks. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null || !Number.isFinite(bytes)) return notMeasured;
  const size = Math.abs(bytes);
  const text =
    size < 10_240
      ? `${Math.round(size)} B`
      : size < 1_048_576
        ? formatFigure(size / 1024, "kibibytes")
        : formatFigure(size / 1_048_576, "mebibytes");
  return bytes < 0 ? `-${text}` : text;
}

/** How a duration is said: `850 ms`, `12.5 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(durationMs: unknown): string {
  if (!isFigure(durationMs)) return notMeasured;
  const seconds = durationMs / 1000;
  if (seconds < 1) return `${formatNumber(durationMs)} ms`;
  if (seconds < 120) return `${formatNumber(seconds)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  if (hours > 0) return minutes > 0 ? `${grouped.format(hours)} h ${minutes} min` : `${grouped.format(hours)} h`;
  return rest > 0 ? `${minutes} min ${rest} s` : `${minutes} min`;
}

/** An ISO 8601 instant to the second in UTC, or the words "not measured". */
export function formatInstant(instant: unknown): string {
  if (typeof instant !== "string") return notMeasured;
  const atMs = Date.parse(instant);
  if (!Number.isFinite(atMs)) return notMeasured;
  return `${new Date(atMs).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/**
 * Text from outside (target names, error text, settings) for a terminal: control characters, which a hostile
 * target could use to move the cursor or recolour the verdict, become a middle dot; so do invisible direction marks.
 */
export function printable(text: unknown): string {
  const plain =
    typeof text === "string" ? text : text === undefined || text === null ? "" : (JSON.stringify(text) ?? "");
  return Array.from(plain, (character) => (isHidden(character.codePointAt(0) ?? 0) ? "·" : character)).join("");
}

function isHidden(code: number): boolean {
  return (
    code < 0x20 ||
    (code >= 0x7f && code < 0xa0) ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f)
  );
}

/** `word` for one, `words` for any other count. */
export function plural(amount: number, word: string): string {
  return `${formatFigure(amount, "count")} ${word}${amount === 1 ? "" : "s"}`;
}
