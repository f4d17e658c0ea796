/**
 * The published comparison that Holdfast repeats: a widely read article (in Chinese) that asks whether PyPy brings
 * Python's back-end performance up to Go's. Its figures, exactly as it prints them, with its units in ours.
 */
import type { SectionName } from "../schema/compare-block.ts";

/** Where the figures come from; printed below every table that shows them. */
export const publishedSource =
  "published: CPython 3.11, PyPy 7.3.11 (Python 3.9), Go 1.21 on a cloud server with 2 cores and 4 GB, FastAPI and Gin, wrk; MB read as MiB, CPU as a share of the machine";

/** The load behind the published figures, where it is one load. */
export const publishedLoad: Readonly<Partial<Record<SectionName, string>>> = {
  connections: "10,000 connections, 100 bytes every 10 s",
  capacity: "at most held stably",
  api: "100 users for 60 s",
  pipeline: "100,000 lines of about 500 B",
};

/** By section and figure of a comparison, then by target. Capacity: "about 8,000" and "50,000 and more". */
export const publishedFigures: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "api.qps": { cpython: 2800, pypy: 4200, go: 12_500 },
  "api.request.p99": { cpython: 85, pypy: 52, go: 12 },
  "api.rssMiB.steady": { cpython: 180, pypy: 210, go: 45 },
  "api.cpuPeakShare": { cpython: 0.85, pypy: 0.72, go: 0.68 },
  "pipeline.ms": { cpython: 8200, pypy: 1500, go: 1100 },
  "connections.push.p99": { pypy: 320, go: 18 },
  "connections.rssMiB.steady": { pypy: 450, go: 65 },
  "capacity.lower": { pypy: 8000, go: 50_000 },
};

/** The variant of each target's pipeline that it measured. */
const publishedVariants: Readonly<Record<string, string>> = {
  cpython: "cpython ujson",
  pypy: "pypy json",
  go: "go encoding/json",
};

/** The variant everything is set in relation to: CPython as the article ran it. */
export const referenceVariant = publishedVariants.cpython ?? "";

/** Whether a variant is the one the article measured of its target; of a target it does not speak of, any is. */
export const isPublishedVariant = (target: string, variant: string): boolean =>
  (publishedVariants[target] ?? variant) === variant;

/** The article's time for a variant over that of CPython; null where it has none. */
export function publishedRelative(variant: string): number | null {
  const times = publishedFigures["pipeline.ms"] ?? {};
  const target = Object.keys(publishedVariants).find((name) => publishedVariants[name] === variant);
  const [own, reference] = [times[target ?? ""], times.cpython];
  return own === undefined || reference === undefined ? null : own / reference;
}

/** One line of the article's advice table. */
export interface Advice {
  id: string;
  need: string;
  says: string;
  because: string;
}

export const articleAdvice = [
  { id: "api-below-5000", need: "API below 5,000 QPS", says: "Python (PyPy)", because: "quick to build, enough speed" },
  { id: "api-above-10000", need: "API above 10,000 QPS", says: "Go", because: "fewer servers, steadier latency" },
  { id: "offline-scripts", need: "offline data scripts", says: "PyPy", because: "over 5x CPython with no rewrite" },
  { id: "stream-processing", need: "stream processing", says: "Go", because: "low latency and high throughput" },
  { id: "long-connections", need: "long connections (IM, IoT)", says: "Go", because: "goroutines" },
  {
    id: "cloud-native",
    need: "cloud-native tools",
    says: "Go",
    because: "binaries under 20 MB, start in milliseconds, no interpreter to deploy",
  },
] as const satisfies readonly Advice[];
export type AdviceId = (typeof articleAdvice)[number]["id"];

/** Sentences of its text that are figures too, each as the inequality it means. */
export const articleClaims = [
  {
    id: "pypy-over-cpython",
    need: "API",
    says: "PyPy is 50 % faster than CPython",
    because: "4,200 against 2,800 QPS",
  },
  { id: "go-over-pypy", need: "API", says: "Go is 3x as fast as PyPy", because: "12,500 against 4,200 QPS" },
  { id: "pypy-stops-growing", need: "API", says: "PyPy stops growing above 50 users", because: "one core" },
  { id: "go-grows-on", need: "API", says: "Go's QPS rises with concurrency", because: "goroutines on all cores" },
  { id: "pypy-near-go", need: "pipeline", says: "PyPy is within 36 % of Go", because: "1.5 s against 1.1 s" },
  {
    id: "pypy-c-extension",
    need: "pipeline",
    says: "PyPy falls back to CPython's speed in a C extension",
    because: "no just-in-time compilation there",
  },
  {
    id: "pypy-capacity",
    need: "long connections",
    says: "PyPy holds about 8,000, frequent disconnects above",
    because: "asyncio",
  },
  { id: "go-capacity", need: "long connections", says: "Go holds 50,000 and more", because: "2 KB initial stack" },
] as const satisfies readonly Advice[];
export type ClaimId = (typeof articleClaims)[number]["id"];
