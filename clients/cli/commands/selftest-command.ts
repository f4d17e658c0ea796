/**
 * `holdfast selftest`: holds Holdfast's own figures against the rehearsal target's account, expected beside measured.
 */
import { availableParallelism } from "node:os";
import type { Command } from "commander";
import { textTable } from "../../report/text/text-table.ts";
import type { Check } from "../../selftest/check.ts";
import { chooseCases, runSelftest, type SelftestResult } from "../../selftest/selftest.ts";
import { exitCodes } from "../exit-code.ts";
import { UsageError } from "../failure.ts";
import { addRunsFolderFlag } from "../run-flags.ts";

interface SelftestFlags {
  quick?: boolean;
  json?: boolean;
  quiet?: boolean;
  all?: boolean;
  runs: string;
}

export function addSelftestCommand(program: Command, exit: (code: number) => void): void {
  const command = program
    .command("selftest [NAME...]")
    .description(
      "verify Holdfast's figures: inject scripted faults and check every figure of the report against the target's own counts",
    )
    .option("--quick", "only a subset of the cases that takes less than a minute in total")
    .option("--all", "print every figure, not just the first few of each case and those that differ")
    .option("--json", "print the results, and nothing else, as JSON on stdout")
    .option("--quiet", "no progress on stderr");
  addRunsFolderFlag(command).action(async (names: string[], flags: SelftestFlags) =>
    exit(await selftest(names, flags)),
  );
}

async function selftest(names: string[], flags: SelftestFlags): Promise<number> {
  const cases = choose(names, flags.quick === true);
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  let done = 0;
  const results = await runSelftest(cases, {
    runsFolder: flags.runs,
    signal: interrupt.signal,
    atOnce: Math.max(4, availableParallelism()),
    ended: (result) => {
      done++;
      if (flags.quiet !== true)
        process.stderr.write(
          `${String(done).padStart(3)} of ${cases.length}  ${result.ok ? "ok  " : "FAIL"}  ${result.name}\n`,
        );
    },
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, stop);
  const isOk = results.length === cases.length && results.every(({ ok }) => ok);
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ schema: 1, ok: isOk, cases: results })}\n`
      : renderResults(results, flags.all === true),
  );
  if (interrupt.signal.aborted) return exitCodes.interrupted;
  return isOk ? exitCodes.pass : exitCodes.fail;
}

function choose(names: string[], isQuick: boolean): ReturnType<typeof chooseCases> {
  try {
    return chooseCases(names, isQuick);
  } catch (error) {
    throw new UsageError(`selftest: ${(error as Error).message}`);
  }
}

const expectedText = ({ atLeast, atMost }: Check): string =>
  atLeast === atMost ? String(atLeast) : `${round(atLeast)} to ${round(atMost)}`;
const round = (value: number): number => Math.round(value * 100) / 100;

/** How many figures of a case that holds are printed without --all. */
const mostRows = 8;

function renderResults(results: readonly SelftestResult[], isAll: boolean): string {
  const rows = results.flatMap((result) => {
    const shown = result.checks.filter(({ ok }, index) => isAll || !ok || index < mostRows);
    const left = result.checks.length - shown.length;
    return [
      [result.name, result.error ?? result.proves, "", "", result.ok ? "ok" : "FAIL"],
      ...shown.map((check) => [
        "",
        `  ${check.what}`,
        expectedText(check),
        check.measured === null ? "none" : String(round(check.measured)),
        check.ok ? "" : "DIFFERS",
      ]),
      ...(left > 0 ? [["", `  and ${left} more, equal`, "", "", ""]] : []),
    ];
  });
  const columns = [
    { title: "case", align: "left" as const },
    { title: "figure", align: "left" as const, maxCells: 78 },
    { title: "expected", align: "right" as const },
    { title: "measured", align: "right" as const },
    { title: "", align: "left" as const },
  ];
  const failed = results.filter(({ ok }) => !ok).length;
  const figures = results.reduce((sum, { checks }) => sum + checks.length, 0);
  return `${textTable({ columns, rows }, 160).join("\n")}\n\n${results.length} cases, ${figures} figures: ${failed === 0 ? "all match the target's own counts" : `${failed} cases differ`}\n`;
}
