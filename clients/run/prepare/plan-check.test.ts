import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTarget } from "../../connection/resolve-endpoint.ts";
import { readHostLimits } from "../../measure/host/host-limits.ts";
import { preflightOf } from "./plan-check.ts";
import { withAddresses } from "./resolved-addresses.ts";

test("TLS memory is part of the plan, whoever serves it", { skip: process.platform !== "linux" }, () => {
  const need = (more: { target: string | string[]; tls?: { serve: boolean } }): string => {
    const tls =
      more.tls === undefined
        ? {}
        : { tls: { insecure: false, minVersion: "1.2", maxVersion: "1.3", resume: "none", ...more.tls } as const };
    const rows = preflightOf({ connections: 1000, replicas: 1, shards: 1, target: more.target, ...tls }, false);
    return rows.find(({ row }) => row === "memory")?.need ?? "";
  };
  for (const target of ["wss://h", "HTTPS://h", "mqtts://h", "tls://h", ["ws://h", "wss://h"]])
    assert.match(need({ target }), /39,024 B with TLS/);
  assert.match(need({ target: "go", tls: { serve: true } }), /with TLS/);
  for (const target of ["ws://h", "mqtt://h", "go"]) assert.doesNotMatch(need({ target }), /with TLS/);
});

test("ports are counted for every address of a target, from as many sources as loopback provides", () => {
  const ports = (more: { target: string; resolve?: string[]; sources?: string[]; proxy?: string }): string => {
    const rows = preflightOf({ connections: 45_000, replicas: 1, shards: 3, ...more }, false);
    return rows.find(({ row }) => row === "local ports")?.value.replace(/^.* = | x [^x]* ports$/g, "") ?? "";
  };
  const resolve = ["a.test:1883:127.0.0.2,127.0.0.3,127.0.0.4", "b.test:1883:127.0.0.9"];
  const { localPortLow, localPortHigh } = readHostLimits();
  const perSource = Math.floor(((localPortHigh ?? 60_999) - (localPortLow ?? 32_768) + 1) * 0.45);
  const sources = (destinations: number): number => Math.max(1, Math.ceil(45_000 / destinations / perSource));
  assert.equal(ports({ target: "mqtt://a.test:1883", resolve }), `${sources(3)} sources x 3 destinations`);
  assert.equal(ports({ target: "mqtt://A.test", resolve }), `${sources(3)} sources x 3 destinations`);
  assert.equal(ports({ target: "ws://a.test:1884", resolve }), "1 sources x 1 destinations");
  const proxy = "http://10.0.0.1:3128";
  assert.equal(ports({ target: "ws://127.0.0.1:1883", proxy }), "1 sources x 1 destinations");
  assert.equal(ports({ target: "ws://127.0.0.1:1883" }), `${sources(1)} sources x 1 destinations`);
  assert.equal(ports({ target: "ws://a.test:1883" }), "1 sources x 1 destinations");
  assert.equal(ports({ target: "ws://h:1883", sources: ["10.0.0.1", "10.0.0.2"] }), "2 sources x 1 destinations");
});

test("ports are counted for every address that the resolver returns", { skip: process.platform !== "linux" }, () => {
  const destinations = (target: string, addresses: string[]): string => {
    const endpoints = addresses.map((address) => ({ ...parseTarget(target, "websocket"), address }));
    const scenario = withAddresses({ connections: 1000, replicas: 1, shards: 1, target }, endpoints);
    const row = preflightOf(scenario, false).find(({ row }) => row === "local ports");
    return /\d+ destinations/.exec(row?.value ?? "")?.[0] ?? "";
  };
  const three = ["10.0.0.1", "10.0.0.2", "fd00::1"];
  for (const target of ["ws://A.test:1883/push", "wss://a.test", "ws://a.test?x=1"])
    assert.equal(destinations(target, three), "3 destinations", target);
  assert.equal(destinations("ws://a.test", ["10.0.0.1"]), "1 destinations");
});

test("a unix socket takes no port", { skip: process.platform !== "linux" }, () => {
  const rowsOf = (target: string): string[] =>
    preflightOf({ connections: 45_000, replicas: 1, shards: 3, target }, false).map(({ row }) => row);
  const rows = rowsOf("ws+unix:/run/app.sock:/push");
  for (const row of ["local ports", "TIME_WAIT sockets", "net.ipv4.tcp_tw_reuse", "net.ipv4.tcp_syn_retries"]) {
    assert(rowsOf("ws://10.0.0.1:80").includes(row), row);
    assert(!rows.includes(row), row);
  }
  for (const row of ["open files, each shard process", "memory", "fs.file-max"]) assert(rows.includes(row), row);
});
