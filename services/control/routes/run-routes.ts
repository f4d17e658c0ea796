/** Runs: start, list, read, stop, tag, delete. */

import { Type } from "#typebox";
import { targetNames } from "../../../clients/run/prepare/choose-target.ts";
import { presetOf } from "../../../clients/scenario/presets/presets.ts";
import { ScenarioError } from "../../../clients/scenario/read-scenario.ts";
import type { Scenario } from "../../../clients/scenario/schema.ts";
import type { App, AppDeps } from "../app-deps.ts";
import { isOver, severalTargets } from "../runs/order.ts";
import { mostQueued } from "../runs/run-desk.ts";
import { checkScenario } from "./network-scenario.ts";
import { invalid, Refusal } from "./problem.ts";
import {
  closed,
  RunAnswer,
  RunPage,
  RunPath,
  RunQuery,
  RunsAnswer,
  type RunView,
  refusals,
  StartBody,
  Tags,
} from "./schemas.ts";

const tags = ["runs"];

export const noRun = (id: string): Refusal =>
  new Refusal("not-found", `path id: no run ${id}`, [{ field: "path id", text: "no such run" }]);

export function addRunRoutes(app: App, deps: AppDeps): void {
  const { list } = deps;
  const requireView = (id: string): RunView => {
    const view = list.view(id);
    if (view === null) throw noRun(id);
    return view;
  };
  addStart(app, deps, requireView);
  addChanges(app, deps, requireView);
  const page = { summary: "runs, newest first", tags, querystring: RunQuery, response: { 200: RunPage, ...refusals } };
  app.get("/runs", { schema: page }, ({ query: { most, ...filter } }) => list.page(filter, Number(most ?? 20)));
  app.get(
    "/runs/:id",
    { schema: { summary: "one run", tags, params: RunPath, response: { 200: RunAnswer, ...refusals } } },
    ({ params }) => ({
      run: requireView(params.id),
    }),
  );
}

/** The scenario requested by a body, in either form. */
function askedScenario(body: unknown, deps: AppDeps): Scenario {
  const { scenario, preset, ...rest } = (typeof body === "object" && body !== null ? body : {}) as {
    scenario?: unknown;
    preset?: unknown;
    tags?: unknown;
  };
  const unknown = Object.keys(rest).filter((name) => name !== "tags");
  if (unknown.length > 0)
    throw invalid(unknown.map((field) => ({ field: field === "" ? '""' : field, text: "unknown field" })));
  if ((scenario === undefined) === (preset === undefined))
    throw invalid([{ field: "scenario", text: "expected a scenario or a preset" }]);
  if (preset === undefined) return checkScenario(scenario, deps.dial);
  if (typeof preset !== "string") throw invalid([{ field: "preset", text: "expected a name" }]);
  try {
    return checkScenario(presetOf(preset), deps.dial);
  } catch (error) {
    throw error instanceof ScenarioError ? invalid(error.problems) : error;
  }
}

function addStart(app: App, deps: AppDeps, requireView: (id: string) => RunView): void {
  const schema = {
    summary: "start a scenario: one run for each of its targets, queued in turn",
    tags,
    body: StartBody,
    response: { 202: RunsAnswer, ...refusals },
  };
  app.post(
    "/runs",
    { schema, preValidation: async (request) => void askedScenario(request.body, deps) },
    (request, reply) => {
      const scenario = askedScenario(request.body, deps);
      const targets = targetsOf(scenario);
      const { queued } = deps.desk;
      if (queued + targets.length > mostQueued)
        throw new Refusal(
          "too-many",
          `expected at most ${mostQueued} queued runs, but there are ${queued} and this adds ${targets.length}`,
        );
      const own = (scenario as { tags?: string[] }).tags ?? [];
      const words = [...new Set([...own, ...(request.body.tags ?? [])])];
      const orders = deps.desk.add(scenario as never, targets, words);
      void reply.code(202).send({ runs: orders.map(({ id }) => requireView(id)) });
    },
  );
}

/** The targets to run on, one after another; a kind without its own top-level target is a single order. */
function targetsOf(scenario: Scenario): string[] {
  return "target" in scenario || !("targets" in scenario)
    ? targetNames(scenario as { target?: string })
    : [severalTargets];
}

function addChanges(app: App, { desk, list, folder }: AppDeps, requireView: (id: string) => RunView): void {
  const answered = { params: RunPath, response: { 200: RunAnswer, ...refusals } };
  app.post(
    "/runs/:id/stop",
    { schema: { summary: "stop a run: it drains and reports what was measured so far", tags, ...answered } },
    ({ params: { id } }) => {
      requireView(id);
      if (!desk.stop(id))
        throw new Refusal("conflict", `path id: ${id} has already ended`, [
          { field: "path id", text: "this run has already ended" },
        ]);
      return { run: requireView(id) };
    },
  );
  const tagging = { summary: "replace a run's tags", tags, body: closed({ tags: Tags }), ...answered };
  app.put("/runs/:id/tags", { schema: tagging }, ({ params: { id }, body }) => {
    requireView(id);
    const order = list.order(id);
    if (order === null)
      throw new Refusal("conflict", `path id: ${id} was not started by this service`, [
        { field: "path id", text: "was not started by this service" },
      ]);
    if (isOver(order.state)) folder.write({ ...order, tags: body.tags });
    else desk.setTags(id, body.tags);
    return { run: requireView(id) };
  });
  const removal = {
    summary: "delete a finished run, with all its files",
    tags,
    params: RunPath,
    response: { 204: Type.Null({ description: "gone" }), ...refusals },
  };
  app.delete("/runs/:id", { schema: removal }, async ({ params: { id } }, reply) => {
    const { state, run } = requireView(id);
    if (!isOver(state))
      throw new Refusal("conflict", `path id: ${id} is ${state}; stop it first`, [
        { field: "path id", text: `is ${state}; stop it first` },
      ]);
    if (run !== null && run !== id) await folder.remove(run);
    await folder.remove(id);
    return reply.code(204).send(null);
  });
}
