/** Disconnects and refusals of a report as rows: by cause, and below a cause by the code its peer chose. */
import { STATUS_CODES } from "node:http";
import { getSystemErrorMap } from "node:util";
import { type Cause, type CauseStage, causeList, causes } from "../../measure/cause.ts";
import { mqttReasonName } from "../../measure/mqtt-reason.ts";
import { type UpgradeFault, upgradeFaults } from "../../measure/upgrade-fault.ts";
import { isFigure } from "./format.ts";
import type { Report } from "./report.ts";

/** One row: a cause with its total (`code` null), or one code of it. */
export interface CauseRow {
  cause: Cause;
  stage: CauseStage;
  code: string | null;
  count: number;
  sentence: string;
}

/** Names of the WebSocket close codes (RFC 6455 section 7.4.1 and the IANA registry). */
const closeCodes: Record<string, string> = {
  "1000": "normal closure",
  "1001": "going away",
  "1002": "protocol error",
  "1003": "unsupported data",
  "1005": "no status given",
  "1006": "abnormal closure",
  "1007": "invalid payload",
  "1008": "policy violation",
  "1009": "message too big",
  "1010": "extension missing",
  "1011": "internal error",
  "1012": "service restart",
  "1013": "try again later",
  "1014": "bad gateway",
};

/** The non-zero causes in the order of the closed list, each followed by its codes, most frequent first. */
export function causeRows({ connections, protocol }: Pick<Report, "connections" | "protocol">): CauseRow[] {
  return causeList.flatMap((cause) => {
    const count = connections.byCause[cause];
    if (!isFigure(count) || count === 0) return [];
    const { stage, sentence } = causes[cause];
    return [{ cause, stage, code: null, count, sentence }, ...codeRows(connections, cause, protocol)];
  });
}

function codeRows(connections: Report["connections"], cause: Cause, protocol: string): CauseRow[] {
  const { stage } = causes[cause];
  return Object.entries(connections.byCode)
    .filter(([key, count]) => key.startsWith(`${cause}:`) && isFigure(count) && count > 0)
    .map(([key, count]) => ({
      cause,
      stage,
      code: key.slice(cause.length + 1),
      count,
      sentence: codeSentence(cause, key.slice(cause.length + 1), protocol),
    }))
    .sort((a, b) => b.count - a.count || a.code.localeCompare(b.code));
}

function codeSentence(cause: Cause, code: string, protocol: string): string {
  // MQTT over WebSocket has HTTP statuses and close codes too: its own codes are below them.
  if (protocol === "mqtt" && Number(code) < 256) return mqttReasonName(Number(code));
  if (cause === "upgrade-rejected") return STATUS_CODES[code] ?? "an HTTP status without a registered name";
  if (cause === "close-frame") return closeCodes[code] ?? "a close code without a registered name";
  if (cause === "upgrade-invalid" && code in upgradeFaults) return upgradeFaults[code as UpgradeFault];
  return errnoWords.get(code) ?? code.replaceAll("-", " ").toLowerCase();
}

/** What the system says of each errno, by its name. */
const errnoWords = new Map(getSystemErrorMap().values());
