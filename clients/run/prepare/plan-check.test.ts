import assert from "node:assert/strict";
import { test } from "node:test";
import { preflightOf } from "./plan-check.ts";

test("memory of TLS is part of the plan, whoever serves it", { skip: process.platform !== "linux" }, () => {
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
