import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { parseMetricsAddress, serveMetrics } from "./metrics-server.ts";
import { sampleRun } from "./testing/sample-run.ts";

const anyPort = { host: "127.0.0.1", port: 0 };

test("GET /metrics returns the page, anything else 404", async () => {
  const server = await serveMetrics(anyPort, () => [sampleRun(5)]);
  try {
    const page = await fetch(server.url);
    assert.equal(page.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert.match(await page.text(), /^holdfast_connections\{.*state="open"\} 1000$/m);
    assert.equal((await fetch(new URL("/", server.url))).status, 404);
    assert.equal((await fetch(server.url, { method: "POST" })).status, 404);
  } finally {
    await server.close();
  }
});

test("counters do not decrease between two scrapes of one server", async () => {
  let lost = 9;
  const server = await serveMetrics(anyPort, () => {
    const run = sampleRun(5);
    run.tally.counts.lost = lost;
    return [run];
  });
  try {
    await (await fetch(server.url)).text();
    lost = 3;
    assert.match(await (await fetch(server.url)).text(), /holdfast_pushes_lost_total\{.*\} 9/);
  } finally {
    await server.close();
  }
});

test("a failing source is a 500 with its reason", async () => {
  const server = await serveMetrics(anyPort, () => {
    throw new Error("no tallies");
  });
  try {
    const page = await fetch(server.url);
    assert.deepEqual([page.status, await page.text()], [500, "the page could not be written: no tallies\n"]);
  } finally {
    await server.close();
  }
});

test("close returns at once despite an idle client", async () => {
  const server = await serveMetrics(anyPort, () => []);
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  await new Promise((resolve) => socket.once("connect", resolve));
  const ended = new Promise((resolve) => socket.once("close", resolve));
  socket.resume();
  await server.close();
  await ended;
});

test("an address reachable by other machines is rejected unless allowed, and a port in use is reported", async () => {
  await assert.rejects(
    serveMetrics({ host: "0.0.0.0", port: 0 }, () => []),
    /no token/,
  );
  const server = await serveMetrics(anyPort, () => []);
  await assert.rejects(
    serveMetrics({ host: "127.0.0.1", port: Number(new URL(server.url).port) }, () => []),
    /EADDRINUSE/,
  );
  await server.close();
});

test("addresses are parsed in all common notations", () => {
  assert.deepEqual(parseMetricsAddress("9464"), { host: "127.0.0.1", port: 9464 });
  assert.deepEqual(parseMetricsAddress(":9464"), { host: "127.0.0.1", port: 9464 });
  assert.deepEqual(parseMetricsAddress("[::1]:1"), { host: "::1", port: 1 });
  assert.deepEqual(parseMetricsAddress("0.0.0.0:80"), { host: "0.0.0.0", port: 80 });
  for (const wrong of ["host", "::1:80", "a:b", "1:99999"])
    assert.throws(() => parseMetricsAddress(wrong), /HOST:PORT/);
});
