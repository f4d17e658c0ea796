/** How clients come back that lost their connection, or did not get one: the load stays at plan. */
import { type Static, Type } from "#typebox";
import { type ReconnectCause, reconnectCauses } from "../reconnect-causes.ts";
import { closed, duration, durationWithoutDefault } from "./shared-fields.ts";

const backoffFactor = {
  minimum: 1,
  maximum: 100,
  description: "factor by which the delay grows with each consecutive attempt, up to 30 s; 1 keeps it constant",
} as const;
const jitterShare = {
  minimum: 0,
  maximum: 1,
  description: "share of the delay that is random: 0 none, 1 anywhere between zero and the full delay",
} as const;
const attempts = {
  minimum: 0,
  maximum: 10_000,
  description: "consecutive attempts before a client gives up; 0: it never comes back",
} as const;

/** What differs for one cause; the rest is as for all. */
const OfCause = closed(
  {
    after: Type.Optional(durationWithoutDefault("delay before the first attempt")),
    backoff: Type.Optional(Type.Number(backoffFactor)),
    jitter: Type.Optional(Type.Number(jitterShare)),
    retries: Type.Optional(Type.Integer(attempts)),
  },
  "for connections that were closed or refused with this cause",
);

export const Reconnect = closed(
  {
    after: duration("delay before a client that was disconnected or refused tries again", "1s"),
    backoff: Type.Number({ ...backoffFactor, default: 2 }),
    jitter: Type.Number({ ...jitterShare, default: 0.5 }),
    retries: Type.Integer({ ...attempts, default: 5 }),
    eventSource: Type.Boolean({
      default: false,
      description:
        "event streams: come back as browsers do: with Last-Event-ID, after the target's own retry time, and not after a 204",
    }),
    causes: Type.Optional(
      closed(
        Object.fromEntries(reconnectCauses.map((cause) => [cause, Type.Optional(OfCause)])) as Record<
          ReconnectCause,
          ReturnType<typeof Type.Optional<typeof OfCause>>
        >,
        "overrides by cause, e.g. {close-frame: {after: 5s}, upgrade-rejected: {retries: 0}}",
      ),
    ),
  },
  "reconnect policy: clients come back as real ones do, so the load stays as planned",
);
export type ReconnectBlock = Static<typeof Reconnect>;
