import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { describe, it } from "node:test";
import type { Endpoint } from "../../clients/connection/engine.ts";
import { isGuarded, isOfThisMachine, isSameAddress } from "./address.ts";
import { type DialPolicy, refuseEndpoint, refuseResolved } from "./dial-policy.ts";
import { leadsTo, redisDoor } from "./own-door.ts";

const remote: DialPolicy = { allowedHosts: ["push.example"], allowsLoopback: false };
const local: DialPolicy = { allowedHosts: ["push.example"], allowsLoopback: true };
const endpoint = (host: string, address: string, port = 80): Endpoint => ({
  host,
  address,
  family: 4,
  port,
  path: "/",
  tls: false,
});

/** An address of this machine that is not loopback, if it has one. */
const outward = Object.values(networkInterfaces())
  .flat()
  .find((each) => each !== undefined && !each.internal && each.family === "IPv4")?.address;

const metadata = [
  "169.254.169.254",
  "169.254.170.2",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "fd00:ec2::254",
  "fd20:ce::254",
  "fe80::a9fe:a9fe",
];
const inDisguise = [
  "::ffff:169.254.169.254",
  "::ffff:a9fe:a9fe",
  "0:0:0:0:0:ffff:a9fe:a9fe",
  "64:ff9b::169.254.169.254",
  "64:ff9b::a9fe:a9fe",
  "64:ff9b::a83f:8110",
  "64:ff9b::6464:64c8",
  "64:ff9b:1::c000:c0",
  "2002:a9fe:a9fe::",
  "::ffff:0:168.63.129.16",
  "FD00:0EC2:0000:0000:0000:0000:0000:0254",
  "fe80::1%eth0",
];

describe("where a name may resolve to", () => {
  it("is not this machine, link-local, cloud metadata, unspecified or multicast, however written", () => {
    for (const address of [
      ...metadata,
      ...inDisguise,
      "0.0.0.0",
      "224.0.0.1",
      "255.255.255.255",
      "::",
      "ff02::1",
      "not an address",
    ]) {
      assert.ok(isGuarded(address), address);
      for (const policy of [remote, local])
        assert.notEqual(refuseEndpoint(endpoint("push.example", address), policy), null, address);
    }
    for (const address of ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]) {
      assert.notEqual(refuseEndpoint(endpoint("push.example", address), remote), null, address);
      assert.equal(refuseEndpoint(endpoint("push.example", address), local), null, address);
    }
  });

  it("is any other address", () => {
    for (const address of [
      "192.0.2.7",
      "10.0.0.1",
      "172.16.0.1",
      "100.100.100.201",
      "168.63.129.17",
      "192.0.1.192",
      "2001:db8::1",
      "64:ff9b::c000:207",
      "fd00:ec3::254",
    ]) {
      assert.equal(refuseEndpoint(endpoint("push.example", address), remote), null, address);
      assert.notEqual(refuseEndpoint(endpoint("else.example", address), remote), null, address);
    }
  });

  it("is a guarded address when the operator allows that address, however it is written", () => {
    const policy = { ...remote, allowedHosts: ["push.example", "127.0.0.1"] };
    assert.equal(refuseEndpoint(endpoint("push.example", "127.0.0.1"), policy), null);
    assert.equal(refuseEndpoint(endpoint("push.example", "::ffff:7f00:1"), policy), null);
    assert.notEqual(refuseEndpoint(endpoint("push.example", "127.0.0.2"), policy), null);
  });

  it("is not an address of this machine's interfaces, for callers on other machines", {
    skip: outward === undefined,
  }, () => {
    assert.ok(isOfThisMachine(outward ?? ""));
    assert.match(refuseEndpoint(endpoint("push.example", outward ?? ""), remote) ?? "", /only the operator may allow/);
    assert.equal(refuseEndpoint(endpoint("push.example", outward ?? ""), local), null);
  });

  it("is, for an address, the address itself", () => {
    assert.equal(refuseEndpoint(endpoint("127.0.0.1", "127.0.0.1"), local), null);
    assert.equal(refuseEndpoint(endpoint("::1", "0:0:0:0:0:0:0:1"), local), null);
    assert.match(refuseEndpoint(endpoint("127.0.0.1", "192.0.2.7"), local) ?? "", /cannot resolve to/);
    assert.match(refuseEndpoint(endpoint("127.0.0.1", "127.0.0.77"), local) ?? "", /cannot resolve to/);
  });
});

describe("our own listeners", () => {
  const ownRedis = { what: "Holdfast's own Redis", host: "127.0.0.1", port: 6379, addresses: ["127.0.0.1"] };

  it("on this machine are refused by every name this machine has", () => {
    for (const address of [
      "127.0.0.1",
      "127.0.0.2",
      "::1",
      "0.0.0.0",
      "::",
      "::ffff:127.0.0.1",
      "::ffff:7f00:1",
      ...(outward === undefined ? [] : [outward]),
    ]) {
      assert.ok(leadsTo(ownRedis, endpoint("push.example", address, 6379)), address);
      assert.ok(!leadsTo(ownRedis, endpoint("push.example", address, 6380)), address);
    }
    assert.match(
      refuseEndpoint(endpoint("localhost", "127.0.0.1", 6379), { ...local, ownDoors: () => [ownRedis] }) ?? "",
      /own Redis, which must not be a target/,
    );
    assert.ok(!leadsTo(ownRedis, endpoint("push.example", "192.0.2.7", 6379)));
  });

  it("elsewhere are refused by name and by address, even when the operator allowed them", () => {
    const door = { ...ownRedis, host: "redis", addresses: ["10.0.0.9"] };
    const policy = { allowedHosts: ["redis", "other", "10.0.0.9"], allowsLoopback: false, ownDoors: () => [door] };
    for (const [host, address] of [
      ["redis", "10.0.0.10"],
      ["REDIS.", "10.0.0.10"],
      ["other", "10.0.0.9"],
      ["other", "64:ff9b::a00:9"],
      ["10.0.0.9", "10.0.0.9"],
    ] as const)
      assert.match(refuseEndpoint(endpoint(host, address, 6379), policy) ?? "", /own Redis/, `${host} ${address}`);
    assert.equal(refuseEndpoint(endpoint("other", "10.0.0.10", 6379), policy), null);
  });

  it("of a Redis are derived from its URL, without anything secret", async () => {
    assert.deepEqual(await redisDoor("redis://user:hunter2@127.0.0.1/0"), ownRedis);
    const door = await redisDoor("rediss://:hunter2@[::1]:7000");
    assert.deepEqual([door.host, door.port, door.addresses], ["::1", 7000, ["::1"]]);
    assert.doesNotMatch(JSON.stringify(door), /hunter2/);
    assert.deepEqual((await redisDoor("redis://name.invalid:7000")).addresses, []);
  });
});

describe("endpoints resolved elsewhere", () => {
  const lookup = async (host: string) => {
    if (host === "unknown") throw new Error("ENOTFOUND");
    return [{ address: host === "localhost" ? "127.0.0.1" : "192.0.2.7" }, { address: "2001:db8::7" }];
  };
  const agent: DialPolicy = { who: "agent", allowedHosts: ["push.example", "unknown"], allowsLoopback: true };

  for (const [host, address, problem] of [
    ["push.example", "192.0.2.7", null],
    ["push.example", "2001:DB8:0::7", null],
    ["push.example", "192.0.2.8", /does not resolve to 192\.0\.2\.8 on this agent/],
    ["localhost", "127.0.0.1", null],
    ["localhost", "127.0.0.77", /does not resolve to/],
    ["127.0.0.1", "127.0.0.1", null],
    ["victim.example", "127.0.0.77", /not on this agent's allow list/],
    ["unknown", "192.0.2.7", /does not resolve to/],
  ] as const) {
    it(`${host} at ${address}: ${problem === null ? "may be dialled" : "is refused"}`, async () => {
      const refusal = await refuseResolved(
        [endpoint("127.0.0.1", "127.0.0.1"), endpoint(host, address)],
        agent,
        lookup,
      );
      if (problem === null) assert.equal(refusal, null);
      else assert.match(refusal ?? "", problem);
    });
  }
});

describe("two addresses", () => {
  it("are equal when they lead to the same place", () => {
    for (const [one, other, is] of [
      ["10.0.0.1", "::ffff:10.0.0.1", true],
      ["10.0.0.1", "64:ff9b::a00:1", true],
      ["::1", "0:0::1", true],
      ["10.0.0.1", "10.0.0.2", false],
      ["localhost", "localhost", false],
    ] as const)
      assert.equal(isSameAddress(one, other), is, `${one} ${other}`);
  });
});
