/** What a report says of requests: all of them, and each step of a sweep. */
import { type Static, Type } from "#typebox";
import { count } from "./field.ts";
import { Quantiles } from "./quantiles-field.ts";

/** `due = sent + unsent` and `sent = ok + failed + unanswered`, exactly. */
export const RequestCounts = Type.Object({
  due: count("requests of the measured time; in an open loop, those due in it"),
  sent: count("started: written, or their connection did not open"),
  unsent: count("open loop: due, but never sent because no connection was free"),
  ok: count("answered as the scenario expects"),
  failed: count("answered otherwise, or not at all, by the causes below"),
  unanswered: count("still pending when the run ended, before their timeout"),
  checkShare: Type.Number({ description: "share of the answers whose body was checked" }),
  byCause: Type.Record(Type.String(), Type.Integer(), { description: "failed, by cause" }),
  byStatusClass: Type.Record(Type.String(), Type.Integer(), { description: '"none" to "5xx": adds up to ok + failed' }),
  ownLagMs: Type.Union([Quantiles, Type.Null()], {
    description:
      "open loop: how late the generator sent requests for which a connection was free; part of the latencies",
  }),
});
export type RequestCounts = Static<typeof RequestCounts>;

/** One step of an API run: a number of users for the whole hold. */
export const StepFigures = Type.Object({
  users: count("concurrent users, or connections in an open loop"),
  active: Type.Optional(
    count("of those, the ones with at least one counted request; in an open loop, as many as were needed"),
  ),
  ratePerSecond: Type.Union([Type.Number(), Type.Null()], {
    description: "requests due per second; null in a closed loop",
  }),
  heldMs: count("how long it was measured"),
  qps: Type.Number({ description: "correct answers per second that arrived while it was measured" }),
  sent: count("requests"),
  unsent: count("due and never sent"),
  ok: count("answered right"),
  failed: count("failed"),
  unanswered: count("given up at the end"),
  latencyMs: Type.Union([Quantiles, Type.Null()], { description: "every complete answer, correct or not" }),
  targetCpu: Type.Union([Type.Number(), Type.Null()], { description: "cores, mean over the step" }),
  targetRssMiB: Type.Union([Type.Number(), Type.Null()], { description: "median over the step" }),
});
export type StepFigures = Static<typeof StepFigures>;
