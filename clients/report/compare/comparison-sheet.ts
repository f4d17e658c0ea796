/**
 * A comparison, laid out: the article's tables with its figures beside the measured ones, advice, ratios, versions,
 * every run.
 */
import type { Block, Cell, CellTone, Recorded } from "../blocks/block.ts";
import { machineText, versionText } from "../blocks/host.ts";
import type { Sheet } from "../blocks/sheet.ts";
import type { ComparisonReport } from "../model/figures/comparison.ts";
import { formatInstant, notMeasured, printable } from "../model/format.ts";
import type { AdviceOutcome, AdviceResult } from "../model/schema/compare-block.ts";
import { boundBlock, type ComparedRun, figureBlocks, latencyBlocks, runTone } from "./runs.ts";
import { isCounted } from "./summary.ts";
import { ratioBlocks, tableBlocks } from "./tables.ts";

export function comparisonSheet(report: ComparisonReport, recorded: Recorded): Sheet {
  const { summary, host, timing, run, runs, advice, state } = report;
  // One scenario, once on each target: every figure of it says more in a terminal than its medians.
  const isPlain =
    runs.length > 0 && summary.scenarios.length === 1 && summary.members.every(({ repeat }) => repeat === 1);
  const inPage = (blocks: readonly Block[]): Block[] =>
    blocks.map((block) => (isPlain ? { ...block, isPageOnly: true } : block));
  const bounds = boundBlock(runs.filter(({ kind }) => kind === "capacity"));
  return {
    title: titleOf(report),
    lead: `${summary.targets.join(", ")}; ${summary.members.length} of ${summary.planned} runs on ${machineText(host)}; ${formatInstant(timing.startedAt)}; run ${run}`,
    verdict: null,
    keys: [],
    blocks: [
      ...statusBlocks(report),
      ...whyBlocks(report),
      ...inPage(adviceBlocks("advice", "The published advice, checked against the figures below", advice)),
      ...inPage(tableBlocks(summary)),
      ...(isPlain ? figureBlocks(runs) : []),
      ...(bounds === null ? [] : [bounds]),
      ...latencyBlocks(timed(report, recorded)),
      ...adviceBlocks("claim", "Its claims", advice),
      ...ratioBlocks(summary),
      ...settingBlocks(report),
    ],
    footer: `Holdfast ${host.holdfast}, run ${run}. Medians over the repeats with minimum and maximum; invalid runs are excluded. Quantiles of a run come from merged histograms and are never averaged.`,
    state,
  };
}

function titleOf({ scenario, summary }: ComparisonReport): string {
  const title = (scenario as { title?: unknown } | null)?.title;
  return typeof title === "string" && title !== "" ? title : `Comparison: ${summary.targets.join(", ")}`;
}

/** What a reader must know before the figures: a comparison that is not whole. */
function statusBlocks({ state, summary }: ComparisonReport): Block[] {
  if (state === "finished") return [];
  return [
    {
      id: "status",
      title: "Incomplete",
      word: "",
      note: `${state}: ${summary.members.length} of ${summary.planned} runs`,
    },
  ];
}

function whyBlocks({ reasons, notes }: ComparisonReport): Block[] {
  const facts = [...reasons, ...notes].map(({ code, text }) => [code, text] as const);
  return facts.length === 0
    ? []
    : [
        {
          id: "reasons",
          title: "Why",
          word: "",
          table: { columns: [{ title: "" }], rows: facts.map(([code, text]) => [`${text} [${code}]`]) },
        },
      ];
}

/** One run of each target with long connections, for a chart over time: the last whose figures count. */
function timed({ summary, runs }: ComparisonReport, { intervalsOf = () => [] }: Recorded): ComparedRun[] {
  const scenario = summary.scenarios.find(({ kind }) => kind === "connections")?.name;
  return summary.targets.flatMap((target) => {
    const own = summary.members.flatMap((member, index) =>
      member.scenario === scenario && member.target === target ? [runs[index]!] : [],
    );
    const shown = own.filter(isCounted).at(-1);
    return shown === undefined ? [] : [{ report: shown, intervals: intervalsOf(shown.run) }];
  });
}

const outcomeTone: Record<AdviceOutcome, CellTone> = { confirmed: "pass", refuted: "fail", undecided: "none" };

function adviceBlocks(group: AdviceResult["group"], title: string, advice: readonly AdviceResult[]): Block[] {
  const own = advice.filter((one) => one.group === group);
  if (own.length === 0) return [];
  const rows = own.map(({ need, says, because, outcome, figure }): Cell[] => [
    need,
    says,
    because,
    { text: outcome, tone: outcomeTone[outcome] },
    figure,
  ]);
  const terminalRows = own.map(({ need, says, outcome, figure }): Cell[] => [outcome, `${need}: ${says}; ${figure}`]);
  const caption =
    "Confirmed or refuted only if the spreads of the repeats do not overlap; a figure measured once decides nothing.";
  const columns = ["need", "the article says", "because", "here", "the figure that decides"].map((name) => ({
    title: name,
  }));
  return [
    {
      id: group,
      title,
      table: { columns, rows, caption, terminal: { columns: [{ title: "" }, { title: "" }], rows: terminalRows } },
      ...(group === "claim" ? { isPageOnly: true as const } : {}),
    },
  ];
}

/** Versions and settings, every run in the order it was made with the way to its own page, and the machine. */
function settingBlocks(report: ComparisonReport): Block[] {
  const { summary, runs, host, timing, scenario } = report;
  const versions = summary.targets.map((target) => {
    const own = summary.members.flatMap((member, index) => (member.target === target ? [runs[index]!.target] : []));
    const settings: Record<string, unknown> = Object.assign({}, ...own.map((facts) => facts.settings));
    const text = Object.entries(settings).map(([name, value]) => `${name} ${printable(value)}`);
    return [target, own.find(({ version }) => version !== "")?.version ?? notMeasured, text.join("; ")];
  });
  const made = summary.members.map(({ run, scenario: name, target, repeat }, index): Cell[] => {
    const { state, verdict } = runs[index]!;
    const word = { text: state === "finished" ? (verdict ?? "none") : state, tone: runTone(runs[index]!) };
    return [String(index + 1), String(repeat), name, target, word, { text: run, href: `../${run}/report.html` }];
  });
  const columns = (...titles: string[]) => titles.map((title) => ({ title }));
  return [
    {
      id: "versions",
      title: "Versions and settings",
      isPageOnly: true,
      table: { columns: columns("target", "version", "settings"), rows: versions },
    },
    {
      id: "runs",
      title: "Runs, in order",
      isPageOnly: true,
      table: { columns: columns("", "repeat", "scenario", "target", "verdict", "report"), rows: made },
    },
    {
      id: "host",
      title: "Host and scenario",
      isPageOnly: true,
      facts: [
        ["machine", machineText(host)],
        ["generator", `${versionText(host)}, on the targets' machine`],
        ["time", `started ${formatInstant(timing.startedAt)}, ended ${formatInstant(timing.endedAt)}`],
      ],
      verbatim: JSON.stringify(scenario, null, 2) ?? "not recorded",
    },
  ];
}
