/** A histogram as a message field: "maxUs:sumUs:base64 of HdrHistogram V2". */
import type { Histogram } from "./histogram.ts";
import { decodeHistogram, encodeHistogram } from "./histogram-codec.ts";

export function histogramToWire(histogram: Histogram): string {
  return `${histogram.maxUs}:${histogram.sumUs}:${encodeHistogram(histogram).toString("base64")}`;
}

/** The inverse of {@link histogramToWire}; lossless. */
export function histogramFromWire(field: string): Histogram {
  const [maxUs, sumUs, encoded] = field.split(":");
  return decodeHistogram(Buffer.from(encoded ?? "", "base64"), Number(maxUs), Number(sumUs));
}
