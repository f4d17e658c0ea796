/** Connections that read slowly on purpose: what became of their pushes, and of the target's memory. */
import { formatFigure, formatShare, notMeasured, plural } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import { type Block, count } from "./block.ts";
import { causeLine } from "./storm.ts";

export function slowReaderBlock({ slowReaders: slow }: Report): Block | null {
  if (slow === undefined) return null;
  const memory = slow.targetRssMiB;
  const [atStart, atEnd, peak] = [memory?.atStart, memory?.atEnd, memory?.peak].map((value) =>
    formatFigure(value, "mebibytes"),
  );
  return {
    id: "slow-readers",
    title: "Slow readers",
    equations: [
      {
        of: "slow readers' pushes",
        what: "due",
        total: slow.due,
        parts: [
          [slow.received, "received"],
          [slow.lost, "lost"],
        ],
        rest: slow.due > 0 ? ` (${formatShare(slow.lost / slow.due)} lost)` : "",
      },
    ],
    facts: [
      [
        "who",
        `${plural(slow.connections, "connection")} reading ${count(slow.bytesPerSecond)} bytes a second; their pushes are excluded from all other figures`,
      ],
      ["late", `${count(slow.late)} of the received`],
      [
        "closed unexpectedly",
        `${count(slow.closedUnexpectedly)}: ${causeLine(slow.byCause)} (not part of the verdict)`,
      ],
      [
        "target's memory",
        memory === null ? notMeasured : `${atStart} at the start of the hold, ${atEnd} at its end, peak ${peak}`,
      ],
    ],
  };
}
