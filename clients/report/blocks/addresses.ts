/** Connections by the address they went to, where a name has several. */
import { urlHost } from "../../measure/url-host.ts";
import { formatMilliseconds } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import { type Block, count, figureColumns } from "./block.ts";

export function addressBlock({ addresses }: Report): Block | null {
  if (addresses === undefined) return null;
  const rows = addresses.map(({ address, port, opened, refused, closedUnexpectedly, connectMeanMs }) => [
    `${urlHost(address)}:${port}`,
    count(opened),
    count(refused),
    count(closedUnexpectedly),
    connectMeanMs === null ? "-" : formatMilliseconds(connectMeanMs),
  ]);
  const columns = figureColumns("address", "opened", "refused", "closed unexpectedly", "mean time to open, ms");
  return { id: "addresses", title: "Addresses", table: { columns, rows } };
}
