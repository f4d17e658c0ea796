/** The part of the service's API used by the page. */
import type { Diff } from "../../../../clients/report/compare/diff.ts";
import type { RunView } from "../../routes/schemas.ts";

export type { Diff, RunView };

export interface Problem {
  field: string;
  text: string;
}

/** A request refused by the service, with the affected fields. */
export class ApiError extends Error {
  readonly problems: Problem[];
  readonly status: number;

  constructor(status: number, text: string, problems: Problem[]) {
    super(text);
    this.status = status;
    this.problems = problems;
  }
}

export interface PreflightRow {
  row: string;
  value: string;
  need: string;
  verdict: "ok" | "warn" | "refuse";
  fix: string | null;
}

export interface Kind {
  kind: string;
  description: string;
  schema: Schema;
  refused: string[];
}

/** The part of JSON schema that the form is generated from. */
export interface Schema {
  type?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  items?: Schema;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  patternProperties?: Record<string, Schema>;
}

export interface Target {
  name: string;
  title: string;
  state: string;
  why?: string;
  install?: string;
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (response.status === 401) location.assign("/sign-in");
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok)
    throw new ApiError(
      response.status,
      answer?.error?.text ?? `answered ${response.status}`,
      answer?.error?.problems ?? [],
    );
  return answer as T;
}

export const listRuns = (before?: string) =>
  ask<{ runs: RunView[]; next: string | null }>(
    "GET",
    `/runs?most=50${before === undefined ? "" : `&before=${before}`}`,
  );
export const readRun = (id: string) => ask<{ run: RunView }>("GET", `/runs/${id}`);
/** The scenario of a started run, from its report; null before. */
export const readAsked = (id: string): Promise<Record<string, unknown> | null> =>
  ask<{ scenario?: Record<string, unknown> }>("GET", `/runs/${id}/report`).then(
    ({ scenario = null }) => scenario,
    () => null,
  );
export const stopRun = (id: string) => ask<{ run: RunView }>("POST", `/runs/${id}/stop`);
export const deleteRun = (id: string) => ask<null>("DELETE", `/runs/${id}`);
export const startRun = (scenario: unknown) => ask<{ runs: RunView[] }>("POST", "/runs", { scenario });
export const checkScenario = (scenario: unknown) =>
  ask<{ verdict: PreflightRow["verdict"]; rows: PreflightRow[] }>("POST", "/preflight", { scenario });
export const readKinds = () => ask<{ kinds: Kind[]; faultScripts: string[] }>("GET", "/kinds");
export const readPresets = () =>
  ask<{ presets: { name: string; scenario: Record<string, unknown> }[] }>("GET", "/presets");
export const readTargets = () =>
  ask<{ targets: Target[]; allowedHosts: string[]; note: string | null }>("GET", "/targets");
export const readDiff = (before: string, after: string) => ask<Diff>("GET", `/diff?before=${before}&after=${after}`);
