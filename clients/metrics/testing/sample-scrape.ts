/** Parses a Prometheus page, for tests. */
export interface ScrapedSample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const unescaped: Readonly<Record<string, string>> = { "\\\\": "\\", '\\"': '"', "\\n": "\n" };

/** The samples of a page in exposition format 0.0.4; throws on an invalid line. */
export function readSamples(text: string): ScrapedSample[] {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const parts = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (parts === null) throw new Error(`expected a sample, got "${line}"`);
    const labels = [...(parts[2] ?? "").matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)];
    return {
      name: parts[1]!,
      labels: Object.fromEntries(
        labels.map(([, label, value]) => [label, value!.replace(/\\[\\"n]/g, (sequence) => unescaped[sequence]!)]),
      ),
      value: Number(parts[3]!.replace("Inf", "Infinity")),
    };
  });
}

/** Sum of a metric's samples with these labels. */
export function sumOf(
  samples: readonly ScrapedSample[],
  name: string,
  labels: Readonly<Record<string, string>>,
): number {
  const matches = samples.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  return matches.reduce((sum, { value }) => sum + value, 0);
}
