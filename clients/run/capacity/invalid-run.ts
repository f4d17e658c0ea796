/** A run whose own verdict is invalid, as a trial that says nothing about the target. */
import type { LimitName } from "../../plan/search/limit-name.ts";
import type { Report } from "../../report/model/report.ts";

/** Why a trial says nothing about the target, and what is responsible. */
export interface Invalid {
  code: LimitName;
  text: string;
}

/** Reasons that are attributed to something more specific than the generator. */
const owners: Readonly<Record<string, LimitName>> = {
  "stamp-not-found": "not-measured",
  "not-measured": "not-measured",
  "no-local-port": "local-ports",
  "no-descriptor": "generator-descriptors",
};

/** Null for a run that is not invalid. */
export function invalidRun({ verdict, reasons }: Pick<Report, "verdict" | "reasons">): Invalid | null {
  if (verdict !== "invalid") return null;
  const [first] = reasons;
  return { code: owners[first?.code ?? ""] ?? "generator", text: first?.text ?? "generator" };
}
