/**
 * Where and how it was run: address, machine, versions, settings, time, and the scenario, so that it can be repeated.
 */
import { formatDuration, formatFigure, formatInstant, plural, printable } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import type { Block, Fact } from "./block.ts";

/** "bench-1: Linux, kernel 6.1.0, AMD EPYC 7B13, 2 cores, 23.4 GiB". */
export const machineText = ({ name, os, kernel, cpu, cores, memoryMiB }: Report["host"]): string =>
  `${name}: ${os}, kernel ${kernel}, ${cpu}, ${plural(cores, "core")}, ${formatFigure(memoryMiB, "mebibytes")}`;

export const versionText = ({ holdfast, node }: Report["host"]): string => `holdfast ${holdfast}, node ${node}`;

export function hostBlocks(report: Report): Block[] {
  const { host, target, protocol, scenario } = report;
  // The commands of a pipeline are at no address.
  const path: Fact[] = target.path === undefined ? [] : [["path dialled", target.path]];
  const address: Fact = [
    "address",
    `${target.url} (${protocol}${target.replicas > 1 ? `, ${target.replicas} replicas` : ""})`,
  ];
  const proxy: Fact[] = target.proxy === undefined ? [] : [["route", `through the proxy ${target.proxy}`]];
  const served = report.kind === "pipeline" ? [] : [address, ...path, ...proxy];
  const settings = Object.entries(target.settings).map(([name, value]) => [name, printable(value)]);
  return [
    {
      id: "host",
      title: "Host, versions and settings",
      word: "Host",
      facts: [
        ["target", `${target.name} ${target.version}`.trim()],
        ...served,
        ["time", timeText(report)],
        ["machine", machineText(host)],
        ["generator", versionText(host)],
      ],
      ...(settings.length === 0
        ? {}
        : { table: { columns: [{ title: "target setting" }, { title: "value" }], rows: settings, isPageOnly: true } }),
    },
    {
      id: "scenario",
      title: "Scenario",
      isPageOnly: true,
      verbatim: typeof scenario === "string" ? scenario : (JSON.stringify(scenario, null, 2) ?? "not recorded"),
    },
  ];
}

function timeText({ timing: { startedAt, endedAt, rampMs, heldMs }, state, kind }: Report): string {
  const end =
    endedAt === null ? (state === "running" ? "still running" : "end not recorded") : `ended ${formatInstant(endedAt)}`;
  const span =
    kind === "pipeline"
      ? `measured for ${formatDuration(heldMs)}`
      : `ramp ${formatDuration(rampMs)}, held ${formatDuration(heldMs)}`;
  return `started ${formatInstant(startedAt)}, ${span}, ${end}`;
}
