import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { trialRun } from "../run/testing/run-rig.ts";
import { protocols } from "../scenario/fields/connection-fields.ts";
import { checkAvailability } from "../target/availability.ts";
import { needsBuild } from "../target/build.ts";
import { readManifests, speaks } from "../target/manifest.ts";
import { equations, exactly, within } from "./check.ts";

const connections = 24;
/** A planned close loses a push that its target is half an interval late with: a busy machine can cost a quarter second. */
const intervalMs = 1000;

const hasPings = (protocol: (typeof protocols)[number]): boolean => protocol === "websocket" || protocol === "mqtt";

/** Why a target cannot run here now, or null. */
async function whyNot(manifest: ReturnType<typeof readManifests>[number]): Promise<string | null> {
  const availability = await checkAvailability(manifest);
  if (availability.state === "unavailable") return `${manifest.name}: ${availability.why}`;
  return needsBuild(manifest) ? `${manifest.name} is not built` : null;
}

describe("every protocol with every target", { concurrency: 3 }, () => {
  for (const manifest of readManifests()) {
    for (const protocol of protocols) {
      it(`${protocol} on ${manifest.name}: churn and a storm, with every push and disconnect counted`, async (test) => {
        if (!speaks(manifest, protocol)) return test.skip(`${manifest.name} does not support ${protocol}`);
        const why = await whyNot(manifest);
        if (why !== null) return test.skip(why);
        const storm = { after: "1700ms", window: "400ms", manner: "close-frame", backoff: "100ms" };
        const fields = {
          target: manifest.name,
          protocol,
          connections,
          rampPerSecond: 500,
          hold: "8s",
          churn: { perMinute: 300 },
          storm,
        };
        const { report } = await trialRun({
          ...fields,
          push: { interval: `${intervalMs}ms` },
          ...(hasPings(protocol) ? { ping: "500ms" } : {}),
        });
        const { connections: c, pushes: p, storm: told, timing } = report;
        const ticks = ((timing.holdNs?.toNs ?? 0) - (timing.holdNs?.fromNs ?? 0)) / (intervalMs * 1e6);
        for (const check of [
          ...equations(report),
          exactly("closed unexpectedly", 0, c.closedUnexpectedly),
          exactly("refused", 0, c.refused + c.reconnects.refused),
          exactly("lost", 0, p?.lost),
          exactly("duplicated", 0, p?.duplicated),
          exactly("out of order", 0, p?.outOfOrder),
          within(
            "dropped by the storm, but for those just being replaced",
            connections - 4,
            connections,
            told?.dropped,
          ),
          exactly("back after the storm", told?.dropped ?? -1, told?.back),
          exactly("openings", c.reconnects.opened + connections, c.byCause.planned),
          within("due", 0, connections * (ticks + 2), (p?.due ?? 0) + (told?.pushesLostMeanwhile ?? 0)),
          within("received", connections * (ticks - 4), connections * (ticks + 2), p?.received),
        ])
          assert(check.ok, `${JSON.stringify(check)} ${JSON.stringify(c)}`);
        if (hasPings(protocol)) assert((report.latencyMs.ping?.count ?? 0) > 0);
      });
    }
  }
});
