/** What a run measured: its report in three formats, its intervals, its events, and the comparison of two runs. */
import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { Type } from "#typebox";
import { diffReports, diffText } from "../../../clients/report/compare/diff.ts";
import { runsSheet } from "../../../clients/report/compare/runs.ts";
import { renderHtml, sheetHtml } from "../../../clients/report/html/html.ts";
import { type Report, ReportSchema } from "../../../clients/report/model/report.ts";
import { renderText } from "../../../clients/report/text/text.ts";
import { readEvents, readIntervals } from "../../../clients/run/folder/run-folder.ts";
import type { App, AppDeps } from "../app-deps.ts";
import { Refusal } from "./problem.ts";
import { noRun } from "./run-routes.ts";
import { Anything, PairQuery, RunPath, refusals } from "./schemas.ts";

const tags = ["reports"];
const mostEvents = 20_000;
const html = "text/html; charset=utf-8";
/**
 * A report has its own inline script and style and may load nothing else: it cannot read anything from this service.
 */
const reportPolicy =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; sandbox allow-scripts; frame-ancestors 'self'";

const answers = (type: string, schema: unknown) => ({
  200: { description: "the report", content: { [type]: { schema } } },
  ...refusals,
});

export function addReportRoutes(app: App, { list, folder }: AppDeps): void {
  const requireReport = (id: string, field: string): { report: Report; path: string } => {
    const run = list.runOf(id);
    if (run !== null) return { report: folder.report(run) as Report, path: folder.folderOf(run) };
    if (list.view(id) === null) throw noRun(id);
    throw new Refusal("conflict", `${field}: ${id} has no report yet`, [{ field, text: "has no report yet" }]);
  };
  const one = (id: string) => requireReport(id, "path id");
  const path = { tags, params: RunPath };
  app.get(
    "/runs/:id/report",
    {
      schema: {
        ...path,
        summary: "report.json; updated during the run",
        response: { 200: ReportSchema, ...refusals },
      },
    },
    ({ params }) => {
      return one(params.id).report;
    },
  );
  app.get(
    "/runs/:id/report.txt",
    { schema: { ...path, summary: "the report as text", response: answers("text/plain", Type.String()) } },
    ({ params }, reply) => {
      return reply.type("text/plain; charset=utf-8").send(renderText(one(params.id).report));
    },
  );
  app.get(
    "/runs/:id/report.html",
    { schema: { ...path, summary: "the report as a page", response: answers("text/html", Type.String()) } },
    ({ params }, reply) => {
      const { report, path: at } = one(params.id);
      const written = join(at, "report.html");
      // Each kind writes its own page at the end of a run.
      if (report.state !== "running" && existsSync(written))
        return reply.type(html).header("content-security-policy", reportPolicy).send(createReadStream(written));
      return reply
        .type(html)
        .header("content-security-policy", reportPolicy)
        .send(renderHtml(report, readIntervals(at), readEvents(at, mostEvents)));
    },
  );
  for (const name of ["intervals", "events"] as const) {
    const summary =
      name === "intervals"
        ? "every second of the run, one JSON object per line"
        : "every disconnect of the run, one JSON object per line";
    app.get(
      `/runs/:id/${name}`,
      { schema: { ...path, summary, response: answers("application/x-ndjson", Type.String()) } },
      ({ params }, reply) => {
        const file = join(one(params.id).path, `${name}.ndjson`);
        return reply.type("application/x-ndjson").send(existsSync(file) ? createReadStream(file) : Readable.from([]));
      },
    );
  }
  addComparisons(app, (id, field) => requireReport(id, field));
}

function addComparisons(
  app: App,
  requireReport: (id: string, field: string) => { report: Report; path: string },
): void {
  const pair = ({ before, after }: { before: string; after: string }) => {
    const [old, now] = [requireReport(before, "query before"), requireReport(after, "query after")];
    return { old, now, beforeIntervals: readIntervals(old.path), afterIntervals: readIntervals(now.path) };
  };
  const query = { tags, querystring: PairQuery };
  app.get(
    "/diff",
    {
      schema: {
        ...query,
        summary: "two runs, figure by figure, with a noise estimate",
        response: { 200: Anything("rows, notes, isRegression"), ...refusals },
      },
    },
    (request) => {
      const { old, now, ...intervals } = pair(request.query);
      return diffReports(old.report, now.report, intervals);
    },
  );
  app.get(
    "/diff.txt",
    { schema: { ...query, summary: "the same as text", response: answers("text/plain", Type.String()) } },
    (request, reply) => {
      const { old, now, ...intervals } = pair(request.query);
      return reply.type("text/plain; charset=utf-8").send(diffText(diffReports(old.report, now.report, intervals)));
    },
  );
  app.get(
    "/compare.html",
    { schema: { ...query, summary: "two runs on one page", response: answers("text/html", Type.String()) } },
    (request, reply) => {
      const { old, now, beforeIntervals, afterIntervals } = pair(request.query);
      const runs = [
        { report: old.report, intervals: beforeIntervals },
        { report: now.report, intervals: afterIntervals },
      ];
      return reply
        .type(html)
        .header("content-security-policy", reportPolicy)
        .send(sheetHtml(runsSheet(runs)));
    },
  );
}
