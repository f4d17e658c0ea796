import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sampleReport } from "../../report/testing/sample-report.ts";
import { startTarget } from "../../target/managed-target.ts";
import type { ManifestTarget } from "../../target/manifest.ts";
import { type FakeBehaviour, makeFakeTarget } from "../../target/testing/fake-target.ts";
import { startProfile } from "./run-profile.ts";

/** Starts a fake under a profiler, lets it hold briefly, stops it, and returns the report with the result. */
async function profiled(behaviour: FakeBehaviour, profiler?: ManifestTarget["profiler"]) {
  const fake = makeFakeTarget(behaviour);
  try {
    const target = { ...fake.target, ...(profiler === undefined ? {} : { profiler }) };
    const profile = await startProfile(target, fake.folder, 1000);
    const handle = await startTarget(target, { logFolder: fake.folder, replicas: 2, wrap: profile.wrap });
    profile.observer.phase?.("hold", 0);
    await handle.stop();
    const report = await profile.finish(sampleReport());
    return { report, notes: [...profile.notes, ...report.notes] };
  } finally {
    fake.remove();
  }
}

describe("the profile of a server", { timeout: 60_000 }, () => {
  it("covers its first replica, in the runtime's format, and the report says that it is not comparable", async () => {
    const { report, notes } = await profiled("serves", { format: "cpuprofile" });
    assert.deepEqual(
      report.profiles?.map(({ of, format, file }) => [of, format, file]),
      [["server", "cpuprofile", "profile-server-fake.cpuprofile"]],
    );
    assert.ok((report.profiles?.[0]?.top.length ?? 0) > 0);
    assert.deepEqual(
      notes.map(({ code }) => code),
      ["profiled"],
    );
  });

  it("that cannot be taken is a note, and the report is otherwise unchanged", async () => {
    // It is killed after five seconds, and V8 writes a profile only on a clean exit.
    const { report, notes } = await profiled("ignores-term", { format: "cpuprofile" });
    assert.equal(report.profiles, undefined);
    assert.equal(report.verdict, "pass");
    assert.match(notes.find(({ code }) => code === "no-profile")?.text ?? "", /the runtime wrote no profile/);
  });

  it("is not attempted where no profiler is known", async () => {
    const { report, notes } = await profiled("serves");
    assert.deepEqual([report.profiles, notes.map(({ code }) => code)], [undefined, ["not-profiled"]]);
    const { notes: forUrl } = await startProfile(null, ".", 1000);
    assert.match(forUrl[0]?.text ?? "", /given by URL/);
  });

  it("requested from a server without such an address is a note too", async () => {
    const { notes } = await profiled("serves", { format: "pprof", serve: [] });
    assert.ok(
      notes.some(({ code, text }) => code === "no-profile" && /ECONNREFUSED/.test(text)),
      JSON.stringify(notes),
    );
  });
});
