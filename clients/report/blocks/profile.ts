/** Profiles: the functions that take the time, and a flame graph. */
import { formatNumber, formatShare } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import type { ProfileBlock } from "../model/schema/profile-block.ts";
import type { Block, Column } from "./block.ts";

const mostFunctions = 12;
/** Own time below this share is not worth a row. */
const leastShare = 0.001;

const whatStacks: Record<ProfileBlock["stacks"], string> = {
  sampled: "stacks as the profiler saw them",
  approximated:
    "derived from caller and callee times: this profiler counts calls and records no stacks, so a path may be shown that was never executed",
};
const whatTime: Record<ProfileBlock["format"], string> = {
  pprof: "CPU time of the whole process",
  cpuprofile: "time of the main thread, excluding idle time",
  pstats: "CPU time of the main thread under cProfile, which makes every call slower",
};
const columns: readonly Column[] = [
  { title: "self", align: "right" },
  { title: "total", align: "right" },
  { title: "function" },
];

/** One block for each profile. */
export function profileBlocks({ profiles = [] }: Report): Block[] {
  return profiles.map(({ of, format, file, busySeconds, top, stacks, flame }, index) => ({
    id: index === 0 ? "profile" : `profile-${index}`,
    title: `Where the time went: ${of}`,
    word: "Profile",
    charts: [
      {
        kind: "flame",
        id: `flame-${index}`,
        title: of,
        unit: `${formatNumber(busySeconds)} s`,
        describe: `Each frame is drawn below its caller and is as wide as its share of the time; ${whatStacks[stacks]}.`,
        flame,
      },
    ],
    facts: [
      [of, `${formatNumber(busySeconds)} s of ${whatTime[format]}`],
      ["kept in", file],
    ],
    table: {
      columns,
      rows: top
        .filter(({ selfShare }) => selfShare >= leastShare)
        .slice(0, mostFunctions)
        .map((entry) => [formatShare(entry.selfShare), formatShare(entry.totalShare), entry.function]),
    },
  }));
}
