import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ownVitals } from "./own-vitals.ts";
import { UsageSeries } from "./usage-series.ts";

const at = (second: number, rssMiB: number, cpuSeconds: number, fds = 10) => ({
  atNs: second * 1e9,
  rssMiB,
  cpuSeconds,
  fds,
});

describe("a usage series", () => {
  it("gives nothing before its first sample", () => {
    assert.equal(new UsageSeries().usage(), null);
  });

  it("gives the median of the hold, the peak of all, and cores", () => {
    const series = new UsageSeries();
    const rates = [at(0, 10, 0), at(1, 50, 0.5), at(2, 20, 2.5, 90), at(3, 21, 2.5), at(4, 25, 3)].map((sample) =>
      series.add(sample),
    );
    assert.deepEqual(rates, [0, 0.5, 2, 0, 0.5]);
    const usage = series.usage({ fromNs: 2e9, toNs: 4e9 });
    assert.deepEqual(usage, { rssMiB: { steady: 21, peak: 50 }, cpu: { mean: 0.75, peak: 2 }, fds: 90 });
  });

  it("uses all samples as steady when the hold had none", () => {
    const series = new UsageSeries();
    for (const sample of [at(0, 10, 0), at(1, 30, 0)]) series.add(sample);
    assert.equal(series.usage({ fromNs: 5e9, toNs: 6e9 })?.rssMiB.steady, 20);
  });

  it("ignores a burst between two closely spaced samples", () => {
    const series = new UsageSeries();
    for (const sample of [at(0, 1, 0), at(0.01, 1, 0.05), at(1, 1, 0.1)]) series.add(sample);
    assert.equal(series.usage()?.cpu.peak, 0.1);
  });

  it("omits PSS when never measured, and threads when not reported", () => {
    const series = new UsageSeries();
    series.add({ ...at(0, 1, 0), pssMiB: null });
    assert.deepEqual(Object.keys(series.usage()!), ["rssMiB", "cpu", "fds"]);
    series.add({ ...at(1, 1, 0), pssMiB: 0.5, threads: 4 });
    assert.deepEqual(series.usage()?.pssMiB, { steady: 0.5, peak: 0.5 });
    assert.equal(series.usage()?.threads, 4);
  });

  it("accepts our own vitals", () => {
    const series = new UsageSeries();
    series.add(ownVitals());
    assert.ok(series.usage()!.rssMiB.peak > 10 && series.usage()!.fds > 3);
  });

  it("stays bounded over days: peaks and means of all samples, medians of an even subset", () => {
    const series = new UsageSeries();
    const hours = 30;
    for (let second = 0; second <= hours * 3600; second++) series.add(at(second, 100 + (second % 101), second * 0.25));
    const usage = series.usage()!;
    assert.deepEqual([usage.rssMiB.peak, usage.cpu.mean], [200, 0.25]);
    assert.ok(Math.abs(usage.rssMiB.steady - 150) <= 2, `${usage.rssMiB.steady}`);
  });
});
