/**
 * Simulated soaks with a known answer: memory and latency as first-order noise (AR(1)) with or without a trend. Used by
 * tests; run as a program (`node dist/clients/measure/testing/soak-simulation.js [runs]`) it prints the tables of
 * docs/decisions/005-soak-statistics.md.
 */
import { fileURLToPath } from "node:url";
import { judgeDrift, judgeRise } from "../statistics/drift.ts";
import { judgeLeak } from "../statistics/leak.ts";
import { seededRandom } from "../statistics/seeded-random.ts";
import { mannKendall } from "../statistics/trend.ts";

const hourMs = 3_600_000;

/** A standard normal variate (Box-Muller). */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** AR(1) noise with unit deviation and lag-1 correlation `correlation`. */
export function noise(count: number, correlation: number, random: () => number): Float64Array {
  const values = new Float64Array(count);
  let value = normal(random);
  const fresh = Math.sqrt(1 - correlation ** 2);
  for (let index = 0; index < count; index += 1) {
    values[index] = value;
    value = correlation * value + fresh * normal(random);
  }
  return values;
}

/** Shares and spreads over many soaks. */
export interface LeakFigures {
  alarms: number;
  /** Mann-Kendall on (at most 1440 of) the raw samples at 5 % two-sided, upward: for comparison. */
  mannKendall: number;
  /** Shares of soaks whose estimate is within 20 % of the true slope, and whose limits contain it. */
  within20: number;
  covered: number;
}

/**
 * Soaks of `count` samples over `hours`: noise of 1 MiB deviation on 100 MiB, rising by `leak` MiB over the whole soak.
 * Budget 0.
 */
export function simulateLeaks(
  runs: number,
  count: number,
  hours: number,
  correlation: number,
  leak: number,
  seed: number,
): LeakFigures {
  const random = seededRandom(seed);
  const figures = { alarms: 0, mannKendall: 0, within20: 0, covered: 0 };
  const atMs = Float64Array.from({ length: count }, (_, index) => (index * hours * hourMs) / count);
  const truth = (leak * 2 ** 20) / hours;
  for (let run = 0; run < runs; run += 1) {
    const values = noise(count, correlation, random).map(
      (value, index) => (100 + value + (leak * index) / count) * 2 ** 20,
    );
    const { verdict, bytesPerHour } = judgeLeak({ atMs, values }, { lifetimeMs: 24 * hourMs, budgetBytes: 0 });
    if (verdict === "leak") figures.alarms += 1 / runs;
    const thinned = Array.from(values).filter((_, index) => index % Math.ceil(count / 1440) === 0);
    if (count <= 1440 && mannKendall(thinned).z > 1.96) figures.mannKendall += 1 / runs;
    if (bytesPerHour === null) continue;
    if (Math.abs(bytesPerHour.estimate - truth) <= 0.2 * truth) figures.within20 += 1 / runs;
    if (bytesPerHour.lower <= truth && truth <= bytesPerHour.upper) figures.covered += 1 / runs;
  }
  return figures;
}

/**
 * Per-burst p99 around 100 ms with the given deviation; the last third is `shift` ms higher, or it rises by that much
 * within a trial.
 */
export function simulateDrift(
  runs: number,
  bursts: number,
  correlation: number,
  deviation: number,
  shift: number,
  seed: number,
): { drift: number; rise: number } {
  const random = seededRandom(seed);
  const shares = { drift: 0, rise: 0 };
  const atMs = Array.from({ length: bursts }, (_, index) => index * 10_000);
  for (let run = 0; run < runs; run += 1) {
    const plain = noise(bursts, correlation, random).map((value) => 100 + deviation * value);
    const shifted = Array.from(plain, (value, index) => value + (index >= (2 * bursts) / 3 ? shift : 0));
    const rising = Array.from(plain, (value, index) => value + (shift * index) / bursts);
    if (judgeDrift(shifted, run + 1).verdict === "drift") shares.drift += 1 / runs;
    if (judgeRise(atMs, rising).verdict === "rising") shares.rise += 1 / runs;
  }
  return shares;
}

function printTables(runs: number): void {
  const print = (cells: (string | number)[]) => process.stdout.write(`| ${cells.join(" | ")} |\n`);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  print([
    "samples",
    "correlation",
    "rise, deviations",
    "leak found",
    "slope within 20 %",
    "limits hold the truth",
    "Mann-Kendall, raw",
  ]);
  print(Array<string>(7).fill("---"));
  for (const [count, hours] of [
    [360, 1],
    [1440, 4],
    [14_400, 24],
  ] as const) {
    for (const correlation of [0, 0.5, 0.9, 0.97]) {
      for (const leak of [0, 2, 5, 20]) {
        const found = simulateLeaks(runs, count, hours, correlation, leak, 1);
        const raw = count <= 1440 ? percent(found.mannKendall) : "-";
        print([
          count,
          correlation,
          leak,
          percent(found.alarms),
          leak === 0 ? "-" : percent(found.within20),
          percent(found.covered),
          raw,
        ]);
      }
    }
  }
  process.stdout.write("\n");
  print(["bursts", "correlation", "deviation, ms", "shift, ms", "drift alarm", "rise alarm"]);
  print(Array<string>(6).fill("---"));
  for (const bursts of [30, 60, 90, 360]) {
    for (const correlation of [0, 0.5, 0.9]) {
      for (const deviation of [5, 20]) {
        for (const shift of [0, 15, 30]) {
          const found = simulateDrift(Math.ceil(runs / 5), bursts, correlation, deviation, shift, 1);
          print([bursts, correlation, deviation, shift, bursts < 60 ? "-" : percent(found.drift), percent(found.rise)]);
        }
      }
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) printTables(Number(process.argv[2] ?? 1000));
