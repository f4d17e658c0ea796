import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Endpoint } from "../../../clients/connection/engine.ts";
import { isGuarded, refuseEndpoint, targetProblems } from "./dial-policy.ts";
import { networkProblems } from "./network-fields.ts";

const remote = { allowedHosts: ["push.example"], allowsLoopback: false };
const local = { allowedHosts: [], allowsLoopback: true };
const endpoint = (host: string, address: string): Endpoint => ({ host, address, family: 4, port: 80, path: "/", tls: false });

describe("whom the service dials", () => {
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
    const problems = targetProblems({ target: ["go", "ws://a.example/"], blocks: [{ targets: ["ws://b.example/"] }] }, remote);
    assert.deepEqual(
      problems.map(({ field }) => field),
      ["target.1", "blocks.0.targets.0"],
    );
  });

  it("refuses a name that is allowed but leads to this machine, this link, nobody or everybody", () => {
    for (const address of ["127.0.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1", "::1", "fe80::1", "::ffff:127.0.0.1", "::"]) {
      assert.ok(isGuarded(address), address);
      assert.notEqual(refuseEndpoint(endpoint("push.example", address), remote), null);
    }
    assert.equal(refuseEndpoint(endpoint("push.example", "192.0.2.7"), remote), null);
    assert.notEqual(refuseEndpoint(endpoint("else.example", "192.0.2.7"), remote), null);
  });
});

describe("fields the network may not set", () => {
  it("are refused by name in any block", () => {
    const scenario = { pid: [1], tls: { certificateAuthority: "/etc/x" }, faults: "../../etc/passwd", redis: "redis://10.0.0.1", headers: { file: "fine" } };
    const fields = networkProblems(scenario).map(({ field }) => field);
    assert.deepEqual(fields, ["pid", "tls.certificateAuthority", "faults", "redis"]);
  });

  it("do not include a shipped fault script by its name", () => {
    assert.deepEqual(networkProblems({ faults: "mass-drop" }), []);
  });
});
