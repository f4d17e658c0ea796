/** The small print: limits, host, versions, settings, timing and the scenario as it was run. */
import { formatDuration, formatFigure, formatInstant, notMeasured, plural, printable } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import { limitNumber } from "../text/text.ts";
import { html } from "./markup.ts";
import { logText } from "./pipeline-section.ts";
import { facts, type Section, table } from "./section.ts";

/** Each limit with what was measured against it. */
export function limitSection(report: Report): Section {
  const rows = report.limits.map(({ limit, atMost, atLeast, measured, ok }) => [
    limit,
    [atMost === undefined ? "" : `at most ${limitNumber(atMost)}`, atLeast === undefined ? "" : `at least ${limitNumber(atLeast)}`].filter(Boolean).join(", "),
    measured === null ? html`<span class="absent">${notMeasured}</span>` : limitNumber(measured),
    html`<span class="word ${ok ? "is-pass" : "is-fail"}">${ok ? "held" : "missed"}</span>`,
  ]);
  return {
    id: "limits",
    title: "Limits",
    body: rows.length > 0 ? table(["limit", "bound", "measured", ""], rows, { from: 1, to: 3 }) : html`<p class="note">The scenario sets no limits.</p>`,
  };
}

/** Machine, versions, target settings and timing. */
export function hostSection(report: Report): Section {
  const { host, target, timing } = report;
  const settings = Object.entries(target.settings).map(([name, value]) => [name, printable(value)] as const);
  const isPipeline = report.kind === "pipeline";
  // The commands of a pipeline are at no address.
  const served: [string, string][] = isPipeline
    ? []
    : [
        ["Address", target.url],
        ...(target.path === undefined ? [] : [["Path dialled", target.path] as [string, string]]),
        ["Replicas", formatFigure(target.replicas, "count")],
        ["Protocol", report.protocol],
      ];
  const body = html`${facts([
    ["Target", `${target.name} ${target.version}`],
    ...served,
    ["Machine", host.name],
    ["System", `${host.os}, kernel ${host.kernel}`],
    ["Processor", `${host.cpu}, ${plural(host.cores, "core")}`],
    ["Memory", formatFigure(host.memoryMiB, "mebibytes")],
    ["Generator", `holdfast ${host.holdfast}, node ${host.node}`],
    ["Started", formatInstant(timing.startedAt)],
    ["Ended", timing.endedAt === null && report.state === "running" ? "still running" : formatInstant(timing.endedAt)],
    isPipeline ? ["Measured", formatDuration(timing.heldMs)] : ["Ramp, hold", `${formatDuration(timing.rampMs)}, ${formatDuration(timing.heldMs)}`],
  ])}${settings.length > 0 ? table(["target setting", "value"], settings) : null}`;
  return { id: "host", title: "Host, versions and settings", body };
}

/** The scenario, so that the run can be repeated. */
export function scenarioSection(report: Report): Section {
  return { id: "scenario", title: "Scenario", body: html`<pre>${scenarioText(report.scenario)}</pre>` };
}

function scenarioText(scenario: unknown): string {
  if (typeof scenario === "string") return scenario;
  return JSON.stringify(scenario, null, 2) ?? "not recorded";
}

/** From where to where the times of a page run, and what they are made of. */
function fromTo(kind: string): string {
  const merged = "quantiles come from merged histograms and are never averaged.";
  switch (kind) {
    case "pipeline":
      return "Times run from the spawn of a command to its end; CPU and memory are the kernel's account of it; medians are over the repeats.";
    case "api":
      return `Latencies run from when a request was due, in a closed loop written, to the kernel's receive stamp of its answer; ${merged}`;
    default:
      return `Latencies run from the tick at which a push was due to the kernel's receive stamp unless said otherwise; ${merged}`;
  }
}

/** One line under the page: where it came from. */
export function footerText(report: Report): string {
  return `Holdfast ${report.host.holdfast}, run ${report.run}. ${fromTo(report.kind)}`;
}

/** The line under the title. */
export function leadText(report: Report): string {
  const { target, timing, connections } = report;
  if (report.log !== undefined)
    return `${logText(report.log)}; ${target.version === "" ? "" : `${target.version}, `}${formatInstant(timing.startedAt)}; run ${report.run}`;
  const held = timing.heldMs > 0 ? `, held ${formatDuration(timing.heldMs)}` : "";
  return `${formatFigure(connections.planned, "count")} ${report.protocol} connections planned${held}; ${target.version === "" ? "" : `${target.version}, `}${formatInstant(timing.startedAt)}; run ${report.run}`;
}

/** A heading that holds for every kind. */
export function titleText(report: Report): string {
  const kind = report.kind === "connections" ? "Connections" : `${report.kind.slice(0, 1).toUpperCase()}${report.kind.slice(1)}`;
  return `${kind}: ${report.target.name}`;
}
