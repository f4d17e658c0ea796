import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Endpoint } from "./engine.ts";
import { parseProxy, throughProxy, tunnelAnswer, tunnelRequest } from "./proxy.ts";
import { ConnectProxy, type ConnectProxyOptions } from "./testing/connect-proxy.ts";
import { EngineTrial, localEndpoint, trialOptions } from "./testing/engine-trial.ts";
import { RawServer } from "./testing/raw-server.ts";
import { upgradeAnswer } from "./testing/websocket-corpus.ts";

describe("a proxy address", () => {
  it("yields host, port, and decoded user and password", () => {
    assert.deepEqual(parseProxy("http://proxy.test:3128"), { host: "proxy.test", port: 3128 });
    assert.deepEqual(parseProxy("http://[::1]:8080/"), { host: "::1", port: 8080 });
    assert.deepEqual(parseProxy("http://proxy.test"), { host: "proxy.test", port: 80 });
    const { authorization } = parseProxy("http://me:p%40ss%3Aword@proxy.test:3128");
    assert.equal(authorization, `Basic ${Buffer.from("me:p@ss:word").toString("base64")}`);
  });

  it("is rejected with a sentence that does not contain its password", () => {
    for (const text of [
      "https://me:hunter2@proxy.test:1",
      "socks5://me:hunter2@proxy.test:1",
      "http://me:hunter2@proxy.test:1/path",
      "me:hunter2@proxy.test:1",
    ])
      assert.throws(
        () => parseProxy(text),
        (error: Error) => /^proxy: expected /.test(error.message) && !error.message.includes("hunter2"),
        text,
      );
  });
});

describe("CONNECT", () => {
  const endpoint: Endpoint = { host: "push.test", address: "", family: 4, port: 443, path: "/x?y", tls: true };

  it("requests only host and port, with the authorization", () => {
    const proxy = { host: "p", address: "127.0.0.1", family: 4, port: 1, authorization: "Basic eDp5" } as const;
    assert.equal(
      Buffer.from(tunnelRequest({ ...endpoint, proxy })).toString(),
      "CONNECT push.test:443 HTTP/1.1\r\nHost: push.test:443\r\nProxy-Authorization: Basic eDp5\r\n\r\n",
    );
    assert.match(Buffer.from(tunnelRequest({ ...endpoint, host: "::1" })).toString(), /^CONNECT \[::1\]:443 HTTP/);
  });

  it("succeeds with any 2xx, wherever the response is split", () => {
    const answer = Buffer.from("HTTP/1.1 200 OK\r\nVia: x\r\n\r\nBYTES");
    for (let cut = 0; cut < answer.length - 5; cut++)
      assert.equal(tunnelAnswer(answer.subarray(0, cut)), null, `${cut}`);
    assert.equal(tunnelAnswer(answer), answer.length - 5);
    assert.equal(tunnelAnswer(Buffer.from("HTTP/1.0 299\r\n\r\n")), 16);
    assert.deepEqual(tunnelAnswer(Buffer.from("HTTP/1.1 407 No\r\n\r\n")), { code: 407 });
    assert.deepEqual(tunnelAnswer(Buffer.from("SSH-2.0-x\r\n")), { code: "malformed" });
    assert.deepEqual(tunnelAnswer(Buffer.from("HTTP/1.1 2000 x\r\n\r\n")), { code: "malformed" });
    assert.deepEqual(tunnelAnswer(Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\n"), Buffer.alloc(70_000, "x")])), {
      code: "head-too-large",
    });
  });

  it("renames failures of the proxy, but not those of this machine", () => {
    assert.deepEqual(throughProxy("refused", "ECONNREFUSED", false), {
      cause: "proxy-unreachable",
      code: "ECONNREFUSED",
    });
    assert.deepEqual(throughProxy("connect-timeout", 0, false), { cause: "proxy-unreachable", code: "timeout" });
    assert.deepEqual(throughProxy("connect-timeout", 0, true), { cause: "proxy-refused", code: "timeout" });
    assert.deepEqual(throughProxy("no-local-port", "EADDRNOTAVAIL", false), {
      cause: "no-local-port",
      code: "EADDRNOTAVAIL",
    });
    assert.deepEqual(throughProxy("planned", 0, true), { cause: "planned", code: 0 });
  });
});

const skip = process.platform === "linux" ? false : "the kernel engine needs Linux";

for (const tls of [false, true]) {
  const raw = RawServer.over(tls);

  /** One connection through a proxy to a server that upgrades, and sends "first" in the same write. */
  const through = async (
    options: ConnectProxyOptions,
    given: { credentials?: string; connectTimeoutMs?: number } = {},
  ) => {
    const server = await raw.listen(({ socket, received }) => void socket.write(upgradeAnswer(received)));
    const proxy = await ConnectProxy.listen({ ...options, leadsTo: { host: "127.0.0.1", port: server.port } });
    const authorization =
      given.credentials === undefined
        ? {}
        : { authorization: `Basic ${Buffer.from(given.credentials).toString("base64")}` };
    const place = { host: "proxy.test", address: "127.0.0.1", family: 4, port: proxy.port, ...authorization } as const;
    const endpoint = localEndpoint(server.port, { tls, host: "nowhere.test", address: "", proxy: place });
    const trial = await EngineTrial.make(
      "kernel",
      trialOptions("websocket", [endpoint], { connectTimeoutMs: given.connectTimeoutMs ?? 60_000 }),
    );
    const end = async (): Promise<void> => {
      trial.engine.dispose();
      await proxy.close();
      await server.close();
    };
    trial.engine.open(0);
    return { trial, proxy, server, end };
  };

  describe(`through a proxy, ${tls ? "TLS inside" : "plain"}`, { skip }, () => {
    it("opens, and the target's own name is requested", async () => {
      const { trial, proxy, server, end } = await through({ credentials: "me:secret" }, { credentials: "me:secret" });
      const { startedNs, tcpNs, atNs } = await trial.saw("opened");
      assert.ok(startedNs <= tcpNs && tcpNs <= atNs);
      assert.deepEqual(proxy.asked, [`nowhere.test:${server.port}`]);
      await end();
    });

    const refusals: [string, ConnectProxyOptions, string | number][] = [
      ["wants a password", { credentials: "me:secret" }, 407],
      ["does not reach the target", { status: 502 }, 502],
      ["hangs up", { hangsUp: true }, "closed-early"],
      ["is no proxy", { raw: "220 mail ready\r\n\r\n" }, "malformed"],
    ];
    for (const [what, options, code] of refusals) {
      it(`is proxy-refused by a proxy that ${what}`, async () => {
        const { trial, end } = await through(options);
        const told = await trial.saw("refused");
        assert.deepEqual([told.cause, told.code], ["proxy-refused", code]);
        await end();
      });
    }

    it("is proxy-refused by a proxy that does not respond before the connect deadline", async () => {
      const { trial, end } = await through({ isSilent: true }, { connectTimeoutMs: 200 });
      const told = await trial.saw("refused");
      assert.deepEqual([told.cause, told.code], ["proxy-refused", "timeout"]);
      await end();
    });

    it("has the client's cause when closed while the proxy is being asked", async () => {
      const { trial, proxy, end } = await through({ isSilent: true });
      await trial.until(() => proxy.asked.length > 0, "CONNECT");
      trial.engine.close(0, "close-frame", "planned");
      assert.equal((await trial.saw("refused")).cause, "planned");
      await end();
    });

    it("is proxy-unreachable when nothing listens, and the slot can be reopened", async () => {
      const { trial, proxy, end } = await through({});
      await trial.saw("opened");
      await proxy.close();
      await trial.saw("closed");
      trial.engine.open(0);
      const told = await trial.saw("refused");
      assert.deepEqual([told.cause, told.code], ["proxy-unreachable", "ECONNREFUSED"]);
      await end().catch(() => {});
    });
  });
}
