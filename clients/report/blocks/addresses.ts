/** Connections by the address they went to, where a name has several. */
import { urlHost } from "../../measure/url-host.ts";
import { formatMilliseconds } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import { type Block, count, figureColumns } from "./block.ts";

export function addressBlock({ addresses }: Report): Block | null {
  if (addresses === undefined) return null;
  const measured = addresses.some(({ pushes, pushLatencyMs }) => (pushes ?? pushLatencyMs) != null);
  const ms = (value: number | null | undefined): string => (value == null ? "-" : formatMilliseconds(value));
  const rows = addresses.map(({ address, port, opened, refused, closedUnexpectedly, connectMeanMs, ...pushed }) => [
    `${urlHost(address)}:${port}`,
    count(opened),
    count(refused),
    count(closedUnexpectedly),
    ms(connectMeanMs),
    ...(measured
      ? [
          pushed.pushes == null ? "-" : count(pushed.pushes.received),
          pushed.pushes == null ? "-" : count(pushed.pushes.lost),
          ms(pushed.pushLatencyMs?.p50),
          ms(pushed.pushLatencyMs?.p99),
          ms(pushed.pushLatencyMs?.max),
        ]
      : []),
  ]);
  const pushColumns = measured ? ["pushes received", "pushes lost", "push p50, ms", "p99, ms", "max, ms"] : [];
  const columns = figureColumns(
    "address",
    "opened",
    "refused",
    "closed unexpectedly",
    "mean time to open, ms",
    ...pushColumns,
  );
  return { id: "addresses", title: "Addresses", table: { columns, rows, columnsAtOnce: 5 } };
}
