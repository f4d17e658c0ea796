import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProtocolName } from "./engine.ts";
import { parseTarget, resolveEndpoints } from "./resolve-endpoint.ts";

const both = async () => [
  { address: "::1", family: 6 },
  { address: "192.0.2.7", family: 4 },
];

const parsed: [url: string, protocol: ProtocolName, host: string, port: number, path: string, tls: boolean][] = [
  ["ws://localhost:8080/push?bytes=64", "websocket", "localhost", 8080, "/push?bytes=64", false],
  ["wss://example.test", "websocket", "example.test", 443, "/", true],
  ["http://example.test/push", "websocket", "example.test", 80, "/push", false],
  ["https://Example.test:8443/events", "sse", "example.test", 8443, "/events", true],
  ["tcp://127.0.0.1:7000", "tcp", "127.0.0.1", 7000, "", false],
  ["tls://127.0.0.1:7000?bytes=40", "tcp", "127.0.0.1", 7000, "?bytes=40", true],
  ["tcp://[::1]:7000?intervalMs=50", "tcp", "::1", 7000, "?intervalMs=50", false],
  ["ws://[2001:db8::1]:80/", "websocket", "2001:db8::1", 80, "/", false],
];

for (const [url, protocol, host, port, path, tls] of parsed) {
  test(`${url} as ${protocol}`, () => {
    assert.deepEqual(parseTarget(url, protocol), { host, address: "", family: 4, port, path, tls });
  });
}

const wrong: [url: string, protocol: ProtocolName, expected: RegExp][] = [
  ["localhost:8080", "websocket", /expected ws:\/\/ or wss:\/\//],
  ["", "websocket", /expected a URL such as ws:\/\/host:port/],
  ["ftp://host/", "sse", /expected http:\/\/ or https:\/\/ for protocol sse, got "ftp:\/\/host\/"/],
  ["ws://host/", "sse", /expected http:/],
  ["http://host:1/", "tcp", /expected tcp:\/\/ or tls:\/\/ or nats:\/\/ for protocol tcp/],
  ["tcp://host", "tcp", /expected a port from 1 to 65535, as in tcp:\/\/host:7000/],
  ["ws://host:0/", "websocket", /expected a port/],
  ["ws://host:99999/", "websocket", /expected a URL/],
  ["ws://user:word@host/", "websocket", /without user and password/],
  ["ws://host/#top", "websocket", /without a #fragment/],
  ["tcp://:7000", "tcp", /expected/],
];

for (const [url, protocol, message] of wrong) {
  test(`"${url}" as ${protocol} is rejected with a sentence`, () => {
    assert.throws(() => parseTarget(url, protocol), { name: "ConnectionError", code: "bad-target-url", message });
  });
}

test("every address of a name becomes an endpoint, IPv4 first, without duplicates", async () => {
  const found = await resolveEndpoints("ws://two.test:81/", "websocket", [], async () => [
    ...(await both()),
    ...(await both()),
  ]);
  const rest = { host: "two.test", port: 81, path: "/", tls: false };
  assert.deepEqual(found, {
    endpoints: [
      { ...rest, address: "192.0.2.7", family: 4 },
      { ...rest, address: "::1", family: 6 },
    ],
    isPinned: false,
  });
});

test("an address is not looked up", async () => {
  const never = () => assert.fail("looked up");
  const four = (await resolveEndpoints("tcp://127.0.0.1:7000", "tcp", [], never)).endpoints[0]!;
  const six = (await resolveEndpoints("ws://[::1]:81/", "websocket", [], never)).endpoints[0]!;
  assert.deepEqual([four.address, four.family, six.host, six.address, six.family], ["127.0.0.1", 4, "::1", "::1", 6]);
});

test("a pinned name is not looked up, except at another port", async () => {
  const pins = [
    { host: "two.test", port: 81, addresses: ["127.0.0.2", "::1"] },
    { host: "two.test", port: 81, addresses: ["127.0.0.3", "127.0.0.2"] },
  ];
  const pinned = await resolveEndpoints("ws://Two.test:81/", "websocket", pins, () => assert.fail("looked up"));
  assert.deepEqual(
    [pinned.endpoints.map(({ address, family }) => `${address} ${family}`), pinned.isPinned],
    [["127.0.0.2 4", "::1 6", "127.0.0.3 4"], true],
  );
  assert.equal((await resolveEndpoints("ws://two.test:82/", "websocket", pins, both)).isPinned, false);
});

test("localhost resolves through the system", async () => {
  const { endpoints } = await resolveEndpoints("ws://localhost:81/", "websocket");
  assert.ok(endpoints.length > 0 && endpoints.every(({ address }) => address === "127.0.0.1" || address === "::1"));
});

test("a name that does not resolve, or resolves to nothing, is reported", async () => {
  const missing = async () => {
    throw Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" });
  };
  const url = "ws://nowhere.test/";
  await assert.rejects(resolveEndpoints(url, "websocket", [], missing), {
    code: "unknown-host",
    message: /"nowhere\.test" gave ENOTFOUND/,
  });
  await assert.rejects(
    resolveEndpoints(url, "websocket", [], async () => []),
    { code: "unknown-host", message: /has none/ },
  );
});
