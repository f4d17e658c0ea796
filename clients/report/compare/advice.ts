/**
 * The published advice and claims held against measured figures: confirmed, refuted, or undecided. Pure. Nothing is
 * decided by noise: a comparison counts only when the spreads of the repeats lie apart, and a figure measured once
 * decides nothing.
 */

import { type Advice, type AdviceId, articleAdvice, articleClaims, type ClaimId } from "../model/figures/article.ts";
import { type Reading, ratioOf } from "../model/figures/reading.ts";
import { formatDuration, formatFigure, type Unit } from "../model/format.ts";
import type { AdviceOutcome, AdviceResult, CompareSummary, SectionName } from "../model/schema/compare-block.ts";

/** One condition: how it came out, and the figure that says so. */
export interface Finding {
  outcome: AdviceOutcome;
  figure: string;
}

/** A figure of one target, as a condition speaks of it. */
interface Subject {
  name: string;
  unit: Unit;
  reading: Reading | null;
  /** Why it can decide nothing although it was measured. */
  doubt?: string | null;
}

const writeReading = ({ reading, unit }: Subject): string => {
  if (reading === null) return "not measured";
  const { median, min, max } = reading;
  const ends =
    min === max ? "" : ` (${formatFigure(min, unit)} to ${formatFigure(Number.isFinite(max) ? max : null, unit)})`;
  return `${formatFigure(median, unit)}${ends}`;
};

const said = (subject: Subject): string => `${subject.name} ${writeReading(subject)}`;

/** Why a figure can decide nothing, or null when it can. */
function whyUnfit({ name, reading, doubt }: Subject): string | null {
  if (reading === null) return `${name} not measured`;
  if (doubt != null) return doubt;
  return reading.isSpread ? null : `${name} was measured only once, so noise cannot be ruled out`;
}

/**
 * Confirmed when the whole spread lies above the bound, refuted when it lies below; a bound within the spread decides
 * nothing.
 */
export function isAbove(subject: Subject, bound: number): Finding {
  const unfit = whyUnfit(subject);
  const text = `${said(subject)} against ${formatFigure(bound, subject.unit)}`;
  if (unfit !== null || subject.reading === null)
    return { outcome: "undecided", figure: subject.reading === null ? (unfit ?? text) : `${text}; ${unfit}` };
  const { min, max } = subject.reading;
  return { outcome: min > bound ? "confirmed" : max < bound ? "refuted" : "undecided", figure: text };
}

/** As {@link isAbove}, for what must lie below. */
export function isBelow(subject: Subject, bound: number): Finding {
  const { outcome, figure } = isAbove(subject, bound);
  return { outcome: outcome === "confirmed" ? "refuted" : outcome === "refuted" ? "confirmed" : outcome, figure };
}

/**
 * Confirmed when all of `less` lies below all of `more`, refuted when it is the other way round; ties and overlaps
 * decide nothing.
 */
export function isLess(less: Subject, more: Subject): Finding {
  const unfit = [less, more].flatMap((subject) => whyUnfit(subject) ?? []);
  const [a, b] = [less.reading, more.reading];
  const text = `${said(less)} against ${said(more)}`;
  if (unfit.length > 0 || a === null || b === null)
    return {
      outcome: "undecided",
      figure: a === null || b === null ? unfit.join("; ") : `${text}; ${unfit.join("; ")}`,
    };
  return { outcome: a.max < b.min ? "confirmed" : a.min > b.max ? "refuted" : "undecided", figure: text };
}

/** Confirmed when all are; refuted when one is. The figure is that of the conditions that made it so. */
export function allOf(...findings: readonly Finding[]): Finding {
  const outcome =
    (["refuted", "undecided"] as const).find((wanted) => findings.some((finding) => finding.outcome === wanted)) ??
    "confirmed";
  const deciding = findings.filter((finding) => finding.outcome === outcome).map(({ figure }) => figure);
  return { outcome, figure: deciding.join("; ") };
}

/** What is judged of a comparison. */
export type JudgedSummary = Pick<CompareSummary, "rows" | "scenarios">;

/** Shorter runs of PyPy measure its compiler's warm-up; the published ones took 60 s. */
const warmAfterMs = 30_000;

/** Reads figures of a summary by section, name and target. */
class Figures {
  readonly #summary: JudgedSummary;

  constructor(summary: JudgedSummary) {
    this.#summary = summary;
  }

  of(target: string, section: SectionName, figure: string, word: string): Subject {
    const row = this.#summary.rows.find((candidate) => candidate.section === section && candidate.figure === figure);
    const heldMs = this.#summary.scenarios.find(({ name }) => name === row?.scenario)?.heldMs ?? null;
    const isCold = target === "pypy" && section === "api" && heldMs !== null && heldMs < warmAfterMs;
    const doubt = isCold
      ? `pypy was measured for ${formatDuration(heldMs)}: too short, its compiler was still warming up`
      : null;
    return {
      name: `${target} ${word}`,
      unit: row?.unit ?? "count",
      reading: row?.cells[target]?.reading ?? null,
      doubt,
    };
  }

  /** One subject over another. */
  ratio(over: Subject, under: Subject): Subject {
    const missing = [over, under].filter(({ reading }) => reading === null).map(({ name }) => name);
    const name = missing.length > 0 ? missing.join(" and ") : `${over.name} / ${under.name}`;
    return {
      name,
      unit: "ratio",
      reading: ratioOf(over.reading, under.reading),
      doubt: over.doubt ?? under.doubt ?? null,
    };
  }

  qps = (target: string) => this.of(target, "api", "qps", "QPS");
  requestP99 = (target: string) => this.of(target, "api", "request.p99", "request p99");
  pushP99 = (target: string) => this.of(target, "connections", "push.p99", "push p99");
  memory = (target: string) => this.of(target, "connections", "rssMiB.steady", "memory");
  parsing = (target: string) => this.of(target, "pipeline", "ms", "pipeline");
  step = (target: string, users: number) => this.of(target, "api", `steps.${users}.qps`, `QPS at ${users} users`);
}

/** 20 MB, as the article counts them, in MiB. */
const twentyMb = 20e6 / 2 ** 20;
/** "Starts in milliseconds": below a tenth of a second. */
const startsInMs = 100;
/** A throughput that grows by less than this is no growth. */
const growth = 1.1;

const adviceRules: Record<AdviceId, (figures: Figures) => Finding> = {
  // Whoever advises PyPy up to 5,000 QPS says that it carries them.
  "api-below-5000": (figures) => isAbove(figures.qps("pypy"), 5000),
  "api-above-10000": (figures) =>
    allOf(
      isAbove(figures.qps("go"), 10_000),
      ...["pypy", "cpython"].flatMap((python) => [
        isLess(figures.qps(python), figures.qps("go")),
        isLess(figures.requestP99("go"), figures.requestP99(python)),
      ]),
    ),
  "offline-scripts": (figures) => isAbove(figures.ratio(figures.parsing("cpython"), figures.parsing("pypy")), 5),
  "stream-processing": (figures) =>
    allOf(
      ...["pypy", "cpython"].flatMap((python) => [
        isLess(figures.parsing("go"), figures.parsing(python)),
        isLess(figures.pushP99("go"), figures.pushP99(python)),
      ]),
    ),
  "long-connections": (figures) =>
    allOf(isLess(figures.pushP99("go"), figures.pushP99("pypy")), isLess(figures.memory("go"), figures.memory("pypy"))),
  "cloud-native": (figures) =>
    allOf(
      isBelow(figures.of("go", "footprint", "deployableMiB", "to deploy"), twentyMb),
      isBelow(figures.of("go", "footprint", "startUpMs", "start-up"), startsInMs),
    ),
};

const claimRules: Record<ClaimId, (figures: Figures) => Finding> = {
  "pypy-over-cpython": (figures) => isAbove(figures.ratio(figures.qps("pypy"), figures.qps("cpython")), 1.5),
  "go-over-pypy": (figures) => isAbove(figures.ratio(figures.qps("go"), figures.qps("pypy")), 3),
  "pypy-stops-growing": (figures) =>
    isBelow(figures.ratio(figures.step("pypy", 1000), figures.step("pypy", 50)), growth),
  "go-grows-on": (figures) => isAbove(figures.ratio(figures.step("go", 1000), figures.step("go", 50)), growth),
  "pypy-near-go": (figures) => isBelow(figures.ratio(figures.parsing("pypy"), figures.parsing("go")), 1.36),
  "pypy-c-extension": (figures) =>
    isAbove(
      figures.ratio(
        figures.of("pypy", "pipeline", "otherMs", "pipeline with ujson"),
        figures.of("cpython", "pipeline", "ms", "pipeline with ujson"),
      ),
      1,
    ),
  // Eight thousand, and a quarter for "about".
  "pypy-capacity": (figures) => atMost(figures, "pypy", 10_000),
  "go-capacity": (figures) => atLeast(figures, "go", 50_000),
};

/** A capacity lies between two bounds: the load that held, and the load that no longer did. */
const bounds = (figures: Figures, target: string) => ({
  held: figures.of(target, "capacity", "lower", "held"),
  failed: figures.of(target, "capacity", "upper", "no longer held"),
});

function atLeast(figures: Figures, target: string, load: number): Finding {
  const { held, failed } = bounds(figures, target);
  const isRefuted = failed.reading !== null && failed.reading.max <= load;
  const outcome = held.reading !== null && held.reading.min >= load ? "confirmed" : isRefuted ? "refuted" : "undecided";
  return { outcome, figure: [held, failed].map(said).join(", ") };
}

/** The opposite of holding more than `load`. */
function atMost(figures: Figures, target: string, load: number): Finding {
  const { outcome, figure } = atLeast(figures, target, load);
  return { outcome: outcome === "confirmed" ? "refuted" : outcome === "refuted" ? "confirmed" : outcome, figure };
}

/** Every line of the article's advice, then its claims, each with what became of it here. */
export function judgeAdvice(summary: JudgedSummary): AdviceResult[] {
  const figures = new Figures(summary);
  const judged = (
    group: AdviceResult["group"],
    { id, need, says, because }: Advice,
    finding: Finding,
  ): AdviceResult => ({
    id,
    group,
    need,
    says,
    because,
    ...finding,
  });
  return [
    ...articleAdvice.map((advice) => judged("advice", advice, adviceRules[advice.id](figures))),
    ...articleClaims.map((claim) => judged("claim", claim, claimRules[claim.id](figures))),
  ];
}
