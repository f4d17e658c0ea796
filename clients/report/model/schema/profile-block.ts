/** What a profile adds to a report: where the target spent its time. */
import { type Static, Type } from "#typebox";
import type { Flame } from "../../../measure/profile/call-tree.ts";
import { figure, oneOf, text } from "./field.ts";

const profileFormats = ["pprof", "pstats", "cpuprofile"] as const;

export const ProfileBlock = Type.Object({
  of: text("what was profiled: the server, or the name of a pipeline variant"),
  format: oneOf(profileFormats, "the profiler's own"),
  file: text("in the run's folder, in that format"),
  busySeconds: figure("of work that the shares refer to; waiting is excluded if the format distinguishes it"),
  top: Type.Array(Type.Object({ function: Type.String(), selfShare: Type.Number(), totalShare: Type.Number() })),
  stacks: oneOf(
    ["sampled", "approximated"],
    "sampled: as recorded; approximated: derived from caller and callee times, because the format records no stacks",
  ),
  flame: Type.Unsafe<Flame>({ type: "object", description: "{name, share, children}" }),
});
export type ProfileBlock = Static<typeof ProfileBlock>;
