/** Figures in Grafana's units, as its panels write them. */

const thousands = ["", " K", " Mil", " Bil"] as const;
const binary = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

const digits = (value: number): string => {
  const size = Math.abs(value);
  const text = size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
};

function scaled(value: number, factor: number, names: readonly string[]): string {
  let power = 0;
  let rest = value;
  while (Math.abs(rest) >= factor && power < names.length - 1) {
    rest /= factor;
    power++;
  }
  return `${digits(rest)}${names[power]}`;
}

function seconds(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0 s";
  if (size < 1e-3) return `${digits(value * 1e6)} µs`;
  if (size < 1) return `${digits(value * 1e3)} ms`;
  return size < 120 ? `${digits(value)} s` : `${digits(value / 60)} min`;
}

/** A value in one of Grafana's unit ids. */
export function formatUnit(value: number, unit: string): string {
  if (!Number.isFinite(value)) return "";
  if (unit.startsWith("suffix:")) return `${digits(value)} ${unit.slice(7).trim()}`;
  switch (unit) {
    case "s":
      return seconds(value);
    case "percentunit":
      return `${digits(value * 100)} %`;
    case "bytes":
      return scaled(
        value,
        1024,
        binary.map((name) => ` ${name}`),
      );
    case "Bps":
      return scaled(value, 1000, [" B/s", " kB/s", " MB/s", " GB/s"]);
    case "cps":
      return scaled(value, 1000, [" c/s", "K c/s", "M c/s"]);
    case "reqps":
      return scaled(value, 1000, [" req/s", "K req/s", "M req/s"]);
    case "none":
      return new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 }).format(value);
    default:
      return scaled(value, 1000, thousands);
  }
}
