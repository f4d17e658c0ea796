/** For tests: the sum over all series of a server's metric with a given label; throws when there are none. */
export async function metricTotal(url: string, name: string, label = ""): Promise<number> {
  const text = await (await fetch(url)).text();
  const series = text
    .split("\n")
    .filter((line) => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && line.includes(label));
  if (series.length === 0) throw new Error(`expected the metric ${name}`);
  return series.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}
