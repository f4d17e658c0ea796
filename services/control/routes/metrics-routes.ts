/** For Prometheus: the page of the runs, and further scrape targets. */
import { Type } from "#typebox";
import { renderExposition } from "../../../clients/metrics/exposition.ts";
import { expositionContentType } from "../../../clients/metrics/exposition-page.ts";
import { CounterKeepers } from "../../../clients/metrics/monotone-counters.ts";
import type { App, AppDeps } from "../app-deps.ts";
import { closed, refusals } from "./schemas.ts";

const Groups = Type.Array(
  closed({ targets: Type.Array(Type.String()), labels: Type.Record(Type.String(), Type.String()) }),
);

export function addMetricsRoutes(app: App, { exposed, agents }: AppDeps): void {
  const keepers = new CounterKeepers();
  const text = { description: "the page", content: { "text/plain": { schema: Type.String() } } };
  app.get(
    "/metrics",
    { schema: { summary: "runs as Prometheus metrics", tags: ["service"], response: { 200: text, ...refusals } } },
    (_request, reply) => {
      void reply
        .header("content-type", expositionContentType)
        .send(renderExposition(exposed.list(), Date.now(), keepers));
    },
  );
  const schema = {
    summary: "agents that serve their own metrics, for http_sd",
    tags: ["service"],
    response: { 200: Groups, ...refusals },
  };
  app.get("/prometheus/targets", { schema }, () => {
    return (agents?.list() ?? []).flatMap(({ metricsAddress, name }) =>
      metricsAddress === null ? [] : [{ targets: [metricsAddress], labels: { agent: name } }],
    );
  });
}
