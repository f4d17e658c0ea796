import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type LimitEvidence, nameLimit } from "./limit-name.ts";

const quiet: LimitEvidence = {
  criterion: "push-p99",
  byCause: { planned: 1000 },
  byCode: {},
  cpuPeak: 0.3,
  cpuAllowed: 2,
  threadPeak: 0.2,
  hostBusyCores: 0.7,
  hostCores: 2,
  cpuMean: 0.2,
  ownCpuMean: 0.15,
  rssMiB: 100,
  memoryLimitMiB: 512,
  memoryKilled: false,
  fds: 1010,
  fdsAllowed: 20_000,
  counters: [],
  conntrackFull: false,
};
const overflow = { counter: "TcpExt.ListenOverflows", delta: 12, owner: "target", text: "" } as const;

describe("the limit that was hit", () => {
  const cases: [what: string, changed: Partial<LimitEvidence>, code: string, evidence: RegExp][] = [
    ["nothing was full", {}, "latency", /no resource was exhausted/],
    ["all the cores it may use", { cpuPeak: 1.8 }, "target-cpu", /1\.80 of 2 cores/],
    ["one pinned core", { cpuPeak: 0.93, cpuAllowed: 1 }, "target-cpu", /0\.93 of 1/],
    ["one thread of a two-core box", { cpuPeak: 1.02, threadPeak: 0.97 }, "target-thread", /97 % of a core/],
    [
      "the whole box, by others",
      { hostBusyCores: 1.95 },
      "host-cpu",
      /1\.95 of 2 cores were busy: the target 0\.20, the generator 0\.15, others 1\.60/,
    ],
    ["killed for its memory", { criterion: "target-died", memoryKilled: true }, "target-memory", /limit 512 MiB/],
    ["near its memory limit", { criterion: "unexpected-closes", rssMiB: 500 }, "target-memory", /500 of 512 MiB/],
    ["a process that ended", { criterion: "target-died" }, "target-died", /exited by itself/],
    [
      "descriptors nearly all open",
      { criterion: "refused", fds: 995, fdsAllowed: 1000, byCause: { "upgrade-invalid": 5 } },
      "target-descriptors",
      /995 of 1,000/,
    ],
    [
      "connects never answered",
      { criterion: "refused", byCause: { "connect-timeout": 40 }, counters: [overflow] },
      "accept-queue",
      /40 connects.*12 accept queue/,
    ],
    [
      "a full tracking table",
      { criterion: "refused", byCause: { "connect-timeout": 40 }, conntrackFull: true },
      "conntrack",
      /table was full/,
    ],
    [
      "refusals",
      { criterion: "refused", byCause: { refused: 40, "upgrade-invalid": 2 } },
      "target-refuses",
      /40 refused, 2 upgrade-invalid/,
    ],
    [
      "closes at accept",
      { criterion: "refused", byCause: { "upgrade-invalid": 7 } },
      "target-closes-early",
      /7 upgrade-invalid/,
    ],
    [
      "disconnects, with their codes",
      {
        criterion: "unexpected-closes",
        byCause: { planned: 900, "close-frame": 7 },
        byCode: { "close-frame:1013": 7 },
      },
      "disconnects",
      /^7 close-frame \(1013\)$/,
    ],
    ["lost pushes", { criterion: "lost-pushes" }, "lost-pushes", /pushes were lost or late/],
    ["lost pushes of a full thread", { criterion: "lost-pushes", threadPeak: 0.99 }, "target-thread", /99 %/],
  ];
  for (const [what, changed, code, evidence] of cases) {
    it(`${what}: ${code}`, () => {
      const named = nameLimit({ ...quiet, ...changed });
      assert.equal(named.code, code);
      assert.match(named.evidence, evidence);
    });
  }

  it("a busy processor does not explain a refusal", () => {
    assert.equal(
      nameLimit({ ...quiet, criterion: "refused", byCause: { refused: 3 }, cpuPeak: 1.9 }).code,
      "target-refuses",
    );
  });
});
