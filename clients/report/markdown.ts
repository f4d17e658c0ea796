/** A report as Markdown, to be pasted where people talk. */
import { type Block, type BlockOf, type Cell, equationParts, type Table, textOf } from "./blocks/block.ts";
import { sheetOf } from "./blocks/report-sheet.ts";
import { printable } from "./model/format.ts";
import type { Report } from "./model/report.ts";

/**
 * Text from outside as Markdown that stays text: one line, nothing that ends a table cell, opens a tag, a link, or an
 * emphasis. Control and direction characters are made visible.
 */
export function escapeMarkdown(text: unknown): string {
  return printable(String(text ?? "").replace(/\s+/g, " "))
    .replace(/[\\`*_{}[\]<>|#~!&]/g, (character) =>
      character === "&" ? "&amp;" : character === "<" ? "&lt;" : `\\${character}`,
    )
    .trim();
}

/** The whole document. */
export function renderMarkdown(report: Report, blocks?: readonly BlockOf[]): string {
  const { title, lead, verdict, blocks: laid, footer, state } = sheetOf(report, { intervals: [], events: [] }, blocks);
  const said =
    verdict === null
      ? []
      : [...verdict.reasons, ...verdict.notes].map(({ code, text }) => `- ${escapeMarkdown(`${text} [${code}]`)}`);
  const parts = [
    `# ${escapeMarkdown(title)}`,
    escapeMarkdown(lead),
    ...(verdict === null ? [] : [`**${verdict.word}**: ${escapeMarkdown(verdict.meaning)}`, said.join("\n")]),
    ...laid.map((block) => blockMarkdown(block, state)),
    escapeMarkdown(footer),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function blockMarkdown(
  { title, equations = [], facts = [], table, note, verbatim }: Block,
  state: Report["state"],
): string {
  const said = [
    ...equations.map(
      (each) =>
        `${each.total.toLocaleString("en-US")} ${each.what} = ${equationParts(each, { state })}${each.rest ?? ""}`,
    ),
    ...facts.map(([name, value]) => `${name}: ${textOf(value)}`),
  ].map((line) => `- ${escapeMarkdown(line)}`);
  const code = verbatim?.split("\n").map((line) => `    ${line}`) ?? [];
  const parts = [
    `## ${escapeMarkdown(title)}`,
    said.join("\n"),
    table === undefined ? "" : tableMarkdown(table),
    note === undefined ? "" : escapeMarkdown(note),
    code.join("\n"),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** A row's heading keeps its detail; a figure's is for the page. */
function tableMarkdown({ columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(" | ")} |`;
  const put = (cell: Cell, index: number): string =>
    index === 0 && typeof cell !== "string" && cell.detail !== undefined
      ? `${cell.text}, ${cell.detail}`
      : textOf(cell);
  const rule = `|${columns.map(({ align }) => (align === "right" ? "---:" : "---")).join("|")}|`;
  return [line(columns.map(({ title }) => title)), rule, ...rows.map((row) => line(row.map(put)))].join("\n");
}
