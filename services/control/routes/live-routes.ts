/** `GET /runs/:id/live`: server-sent events, one tick per second; the last 900 are replayed on connect. */
import { Type } from "#typebox";
import type { App, AppDeps } from "../app-deps.ts";
import { ticksInFolder } from "../live/folder-replay.ts";
import { endId, eventText } from "../live/live-feed.ts";
import { openStream } from "../live/live-stream.ts";
import { isOver } from "../runs/order.ts";
import { Refusal } from "./problem.ts";
import { noRun } from "./run-routes.ts";
import { RunPath, type RunView, refusals } from "./schemas.ts";

/** Most concurrent streams over all runs: a team with a page or two each (docs/service.md has the cost of 200). */
export const mostReaders = 250;

export function addLiveRoutes(app: App, { feeds, list, folder }: AppDeps): void {
  const schema = {
    summary: "live seconds of a run, as server-sent events: tick, phase, state, say, dropped, end",
    description:
      "Resumes from `last-event-id`. A client that does not keep up misses ticks and gets a `dropped` event with their number.",
    tags: ["runs"],
    params: RunPath,
    response: {
      200: { description: "the stream", content: { "text/event-stream": { schema: Type.String() } } },
      204: Type.Null({
        description: "the run is over and `last-event-id` is that of its `end`: nothing more will follow",
      }),
      ...refusals,
    },
  };
  async function* replay(id: string, { state, error }: RunView): AsyncGenerator<string> {
    const run = list.runOf(id);
    const report = run === null ? null : folder.report(run);
    if (run !== null && report !== null) yield* ticksInFolder(folder.folderOf(run), report);
    yield eventText("end", { state, error }, endId);
  }
  app.get("/runs/:id/live", { schema }, (request, reply) => {
    const id = list.order(request.params.id)?.id ?? request.params.id;
    const view = list.view(id);
    if (view === null) throw noRun(id);
    const after = Number(request.headers["last-event-id"] ?? 0) || 0;
    // 204 tells a browser not to reconnect (HTML, "Server-sent events").
    if (isOver(view.state) && feeds.hasAll(id, after)) return void reply.code(204).send(null);
    if (feeds.readers >= mostReaders)
      throw new Refusal("too-many", `expected at most ${mostReaders} live stream clients`);
    let leave: (() => void) | null = null;
    const writer = openStream(request, reply, () => leave?.());
    leave = feeds.join(id, writer, after) ?? feeds.send(writer, replay(id, view));
  });
}
