import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isSame } from "../../keeper/secret.ts";
import { readOptions } from "../options.ts";
import { actedService } from "../testing/service-rig.ts";
import { isSignedIn, sessionOf } from "./token.ts";

const token = "a-secret-of-some-length";
const bearer = { authorization: `Bearer ${token}` };

describe("the command line of the service", () => {
  it("requires a token for any address reachable by other machines", () => {
    assert.match(String(readOptions(["--host", "0.0.0.0"], {})), /token/);
    assert.equal(typeof readOptions(["--host", "0.0.0.0"], { HOLDFAST_TOKEN: token }), "object");
    assert.match(String(readOptions([], { HOLDFAST_TOKEN: "short" })), /16/);
    assert.equal(typeof readOptions([], {}), "object");
    assert.match(String(readOptions(["--prot", "1"], {})), /prot/);
  });
});

describe("a service with a token", () => {
  it("opens only with the token: API, page, stream and metrics", async () => {
    const { app, remove } = await actedService({ token, host: "0.0.0.0" });
    try {
      for (const url of [
        "/runs",
        "/",
        "/docs",
        "/docs/json",
        "/metrics",
        "/prometheus/targets",
        "/runs/20260101-000000-x/live",
        "/nothing",
      ]) {
        const without = await app.inject({ url });
        assert.equal(without.statusCode, 401, url);
        const wrong = await app.inject({ url, headers: { authorization: "Bearer wrong" } });
        assert.equal(wrong.statusCode, 401, url);
        assert.notEqual((await app.inject({ url, headers: bearer })).statusCode, 401, url);
      }
      for (const url of ["/healthz", "/readyz", "/sign-in"])
        assert.equal((await app.inject({ url })).statusCode, 200, url);
    } finally {
      await remove();
    }
  });

  it("signs a browser in with a cookie that scripts cannot read and that does not contain the token", async () => {
    const { app, remove } = await actedService({ token, host: "0.0.0.0" });
    try {
      const page = await app.inject({ url: "/", headers: { accept: "text/html" } });
      assert.deepEqual([page.statusCode, page.headers.location], [303, "/sign-in"]);
      const form = {
        method: "POST",
        url: "/session",
        headers: { "content-type": "application/x-www-form-urlencoded" },
      } as const;
      assert.equal((await app.inject({ ...form, payload: "token=wrong" })).statusCode, 401);
      const answer = await app.inject({ ...form, payload: `token=${token}` });
      const cookie = String(answer.headers["set-cookie"]);
      assert.equal(answer.statusCode, 303);
      assert.match(cookie, /HttpOnly; SameSite=Strict/);
      assert.ok(!cookie.includes(token));
      assert.equal(
        (await app.inject({ url: "/runs", headers: { cookie: cookie.split(";")[0] ?? "" } })).statusCode,
        200,
      );
    } finally {
      await remove();
    }
  });

  it("opens its metrics only when configured to", async () => {
    const { app, remove } = await actedService({ token, host: "0.0.0.0", opensMetrics: true });
    try {
      assert.equal((await app.inject({ url: "/metrics" })).statusCode, 200);
      assert.equal((await app.inject({ url: "/runs" })).statusCode, 401);
    } finally {
      await remove();
    }
  });

  it("compares secrets of any length", () => {
    assert.ok(isSame("abc", "abc") && !isSame("abc", "abcd") && !isSame("", "a"));
    assert.ok(isSignedIn({ cookie: `x=1; holdfast_session=${sessionOf(token)}` }, token));
    assert.ok(!isSignedIn({ cookie: `holdfast_session=${token}` }, token));
  });
});

describe("a service on loopback", () => {
  it("answers only to this machine's names, and to no other site's page", async () => {
    const { app, remove } = await actedService();
    try {
      assert.equal((await app.inject({ url: "/runs", headers: { host: "rebound.example" } })).statusCode, 403);
      assert.equal((await app.inject({ url: "/runs", headers: { host: "localhost:8080" } })).statusCode, 200);
      const post = {
        method: "POST",
        url: "/runs",
        payload: {},
        headers: { host: "127.0.0.1:1", origin: "http://evil.example" },
      } as const;
      assert.equal((await app.inject(post)).json().error.problems[0].field, "header origin");
    } finally {
      await remove();
    }
  });

  it("sends security headers compatible with plain http", async () => {
    const { app, remove } = await actedService();
    try {
      const { headers } = await app.inject({ url: "/healthz" });
      assert.match(String(headers["content-security-policy"]), /default-src 'none'/);
      assert.doesNotMatch(String(headers["content-security-policy"]), /upgrade-insecure/);
      assert.equal(headers["strict-transport-security"], undefined);
      assert.equal(headers["x-content-type-options"], "nosniff");
    } finally {
      await remove();
    }
  });

  it("limits bodies and requests", async () => {
    const { app, remove } = await actedService({ perMinute: 3 });
    try {
      const large = await app.inject({
        method: "POST",
        url: "/runs",
        headers: { "content-type": "application/json" },
        payload: `{"a":"${"x".repeat(300_000)}"}`,
      });
      assert.deepEqual([large.statusCode, large.json().error.code], [413, "too-large"]);
      await app.inject({ url: "/runs" });
      await app.inject({ url: "/runs" });
      assert.equal((await app.inject({ url: "/runs" })).statusCode, 429);
    } finally {
      await remove();
    }
  });
});

describe("the limit of requests", () => {
  it("counts wrong tokens and unknown routes", async () => {
    const { app, remove } = await actedService({ token, host: "0.0.0.0", perMinute: 20 });
    try {
      const codes: number[] = [];
      for (let i = 0; i < 15; i++)
        codes.push((await app.inject({ url: "/runs", headers: { authorization: `Bearer wrong-${i}` } })).statusCode);
      for (let i = 0; i < 15; i++) codes.push((await app.inject({ url: `/nothing${i}`, headers: bearer })).statusCode);
      assert.deepEqual(
        [401, 404, 429].map((code) => codes.filter((each) => each === code).length),
        [15, 5, 10],
      );
      assert.equal((await app.inject({ url: "/healthz" })).statusCode, 200);
    } finally {
      await remove();
    }
  });
});
