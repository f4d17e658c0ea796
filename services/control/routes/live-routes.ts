/** `GET /runs/:id/live`: server-sent events, one tick a second, the last 900 again on connect. */
import { Type } from "typebox";
import { readIntervals } from "../../../clients/run/folder/run-folder.ts";
import type { App, AppDeps } from "../app-deps.ts";
import { eventText, replayedTicks } from "../live/live-feed.ts";
import { openStream } from "../live/live-stream.ts";
import { tickOfInterval } from "../live/live-tick.ts";
import { Refusal } from "./problem.ts";
import { noRun } from "./run-routes.ts";
import { RunPath, refusals } from "./schemas.ts";

/** Most streams at once, over all runs: a room of people, with a page or two each (docs/service.md has what 200 cost). */
export const mostReaders = 250;

export function addLiveRoutes(app: App, { feeds, list, folder }: AppDeps): void {
  const schema = {
    summary: "live seconds of a run, as server-sent events: tick, phase, state, say, dropped, end",
    description: "Goes on from `last-event-id`. A reader that does not keep up misses ticks and gets a `dropped` event with their number.",
    tags: ["runs"],
    params: RunPath,
    response: { 200: { description: "the stream", content: { "text/event-stream": { schema: Type.String() } } }, ...refusals },
  };
  app.get("/runs/:id/live", { schema }, (request, reply) => {
    const id = list.order(request.params.id)?.id ?? request.params.id;
    const view = list.view(id);
    if (view === null) throw noRun(id);
    if (feeds.readers >= mostReaders) throw new Refusal("too-many", `expected at most ${mostReaders} readers of live streams`);
    let leave: (() => void) | null = null;
    const writer = openStream(request, reply, () => leave?.());
    leave = feeds.join(id, writer, Number(request.headers["last-event-id"] ?? 0) || 0);
    if (leave !== null) return;
    const run = list.runOf(id);
    const report = run === null ? null : folder.report(run);
    if (run !== null && report !== null) {
      const intervals = readIntervals(folder.folderOf(run)).slice(-replayedTicks);
      writer.write(intervals.map((interval) => eventText("tick", tickOfInterval(interval, report))).join(""));
    }
    writer.write(eventText("end", { state: view.state, error: view.error }));
    writer.end();
  });
}
