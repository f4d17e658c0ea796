import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { targetProblems } from "./dial-policy.ts";
import { networkProblems } from "./network-fields.ts";

const remote = { allowedHosts: ["push.example"], allowsLoopback: false };
const local = { allowedHosts: [], allowsLoopback: true };

describe("hosts the service dials", () => {
  for (const [target, policy, isAllowed] of [
    ["go", remote, true],
    ["nothing", remote, false],
    ["ws://push.example/feed", remote, true],
    ["ws://other.example/feed", remote, false],
    ["ws://127.0.0.1:80/", remote, false],
    ["ws://127.0.0.1:80/", local, true],
    ["ws://[::1]:80/", local, true],
    ["ws://localhost:80/", local, true],
    ["ws://2130706433/", remote, false],
    ["ws://169.254.169.254/", local, false],
    ["ws://user:secret@push.example/", remote, false],
    ["file:///etc/passwd", remote, false],
    ["gopher://push.example/", remote, false],
    ["ws://", remote, false],
  ] as const) {
    it(`${target}: ${isAllowed ? "yes" : "no"} ${policy === local ? "from this machine" : "from the network"}`, () => {
      assert.equal(targetProblems({ kind: "connections", target }, policy).length === 0, isAllowed);
    });
  }

  it("finds targets at any depth and names each", () => {
    const problems = targetProblems(
      { target: ["go", "ws://a.example/"], blocks: [{ targets: ["ws://b.example/"] }] },
      remote,
    );
    assert.deepEqual(
      problems.map(({ field }) => field),
      ["target.1", "blocks.0.targets.0"],
    );
  });

  it("refuses its own listeners and its Redis, before resolving anything", () => {
    const ownDoors = () => [{ what: "Holdfast's own Redis", host: "127.0.0.1", port: 6379, addresses: ["127.0.0.1"] }];
    for (const host of ["127.0.0.1", "localhost", "LOCALHOST", "[::1]", "127.0.0.2", "[::ffff:127.0.0.1]"]) {
      const [problem] = targetProblems({ target: `tcp://${host}:6379?FLUSHALL` }, { ...local, ownDoors });
      assert.match(problem?.text ?? "", /Holdfast's own Redis|not on this service's allow list/, host);
    }
    assert.deepEqual(targetProblems({ target: "tcp://127.0.0.1:6380" }, { ...local, ownDoors }), []);
    const web = () => [{ what: "this service itself", host: "0.0.0.0", port: 80, addresses: ["0.0.0.0"] }];
    assert.match(
      targetProblems({ target: "ws://localhost/" }, { ...local, ownDoors: web })[0]?.text ?? "",
      /this service itself/,
    );
  });
});

describe("fields that may not be set over the network", () => {
  it("are refused by name in any block", () => {
    const scenario = {
      pid: [1],
      tls: { certificateAuthority: "/etc/x", certificate: "certs/{{id}}.pem", key: "/etc/y" },
      faults: "../../etc/passwd",
      redis: "redis://10.0.0.1",
      protocol: "./mine.ts",
      protocolModule: "/x.js",
      headers: { file: "fine" },
    };
    const fields = networkProblems(scenario).map(({ field }) => field);
    const ofTls = ["certificateAuthority", "certificate", "key"].map((name) => `tls.${name}`);
    assert.deepEqual(fields, ["pid", ...ofTls, "faults", "redis", "protocol", "protocolModule"]);
  });

  it("do not include a shipped fault script by its name", () => {
    assert.deepEqual(networkProblems({ faults: "mass-drop" }), []);
  });
});
