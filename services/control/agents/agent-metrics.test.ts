/**
 * Prometheus finds the agents through control: the route lists which agents serve metrics and where, and the shipped
 * configuration scrapes them.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { projectRoot } from "../../../clients/target/project-root.ts";
import { closeRedis, localAddressOf, openRedis } from "../../agent/redis.ts";
import { makeService, type Service } from "../service.ts";
import {
  freePort,
  Helper,
  isProgram,
  noRedis,
  silentLogger,
  startAgent,
  startRedis,
  temporaryFolder,
  testOptions,
  until,
} from "../testing/service-rig.ts";

const prometheusProgram = "/usr/bin/prometheus";
const noPrometheus = isProgram(prometheusProgram)
  ? false
  : `${prometheusProgram} is not installed: apt-get install prometheus`;
const token = "a-secret-of-some-length";

interface Group {
  targets: string[];
  labels: Record<string, string>;
}

describe("the agents' own metrics", { skip: noRedis, timeout: 90_000 }, () => {
  const folder = temporaryFolder();
  const helpers: Helper[] = [];
  let open: Service;
  let closed: Service;
  let base = "";
  let redisUrl = "";

  before(async () => {
    const port = await freePort();
    redisUrl = `redis://127.0.0.1:${port}`;
    helpers.push(await startRedis(port, join(folder.path, "redis")));
    helpers.push(await startAgent(redisUrl, "told", 1, ["--metrics", "127.0.0.1:0"]));
    helpers.push(await startAgent(redisUrl, "silent"));
    open = await makeService(
      testOptions(join(folder.path, "open"), { redisUrl, token, opensMetrics: true }),
      silentLogger,
    );
    closed = await makeService(testOptions(join(folder.path, "closed"), { redisUrl, token }), silentLogger);
    await open.app.listen({ host: "127.0.0.1", port: 0 });
    base = `http://127.0.0.1:${(open.app.server.address() as AddressInfo).port}`;
    await until("both agents", () =>
      open.app
        .inject({ url: "/agents", headers: { authorization: `Bearer ${token}` } })
        .then((answer) => answer.json().agents.length === 2),
    );
  });
  after(async () => {
    for (const service of [open, closed]) await service?.close();
    for (const helper of helpers.reverse()) await helper.end();
    folder.remove();
  });

  const groups = async (): Promise<Group[]> => (await (await fetch(`${base}/prometheus/targets`)).json()) as Group[];

  it("are found at the address announced by control, only those of agents that serve them", async () => {
    const answer = await fetch(`${base}/prometheus/targets`);
    // Prometheus accepts no other content type from http_sd.
    assert.match(answer.headers.get("content-type") ?? "", /^application\/json(; ?charset=utf-8)?$/i);
    const told = (await answer.json()) as Group[];
    assert.deepEqual(
      told.map(({ labels }) => labels),
      [{ agent: "told" }],
    );
    const page = await fetch(`http://${told[0]?.targets[0]}/metrics`);
    assert.equal(page.status, 200);
    const [, pid = ""] = /process_start_time_seconds (\d+)/.exec(await page.text()) ?? [];
    assert.ok(Number(pid) > 0, "it is a process's page");
  });

  it("on all interfaces are announced with their machine's address towards Redis", async () => {
    const redis = openRedis(redisUrl, () => {});
    await redis.ping();
    assert.equal(localAddressOf(redis), "127.0.0.1");
    closeRedis(redis);
  });

  it("are listed only with the token where metrics are not open, also for Prometheus", async () => {
    const ask = (headers: Record<string, string>) => closed.app.inject({ url: "/prometheus/targets", headers });
    assert.equal((await ask({})).statusCode, 401);
    const answer = await until("the agents", async () => {
      const given = await ask({ authorization: `Bearer ${token}` });
      return given.statusCode === 200 && given.json().length === 1 && given;
    });
    assert.deepEqual(answer.json()[0].labels, { agent: "told" });
  });

  it("are scraped by a Prometheus with the shipped configuration, and disappear from the list with the agent", {
    skip: noPrometheus,
  }, async () => {
    const text = readFileSync(join(projectRoot, "prometheus/local.yml"), "utf8");
    const config = join(folder.path, "prometheus.yml");
    writeFileSync(
      config,
      text
        .replaceAll("127.0.0.1:8080", new URL(base).host)
        .replace("- rules.yml", `- ${join(projectRoot, "prometheus/rules.yml")}`),
    );
    const address = `127.0.0.1:${await freePort()}`;
    const flags = [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder.path, "data")}`,
      `--web.listen-address=${address}`,
      "--log.level=error",
    ];
    const prometheus = new Helper(prometheusProgram, flags);
    helpers.push(prometheus);
    const query = encodeURIComponent(
      'up{job="holdfast-agents"} * on (instance, agent) group_left () (process_cpu_seconds_total >= bool 0)',
    );
    const found = await until("the agent is scraped", async () => {
      const answer = await fetch(`http://${address}/api/v1/query?query=${query}`).catch(() => null);
      if (answer === null || !answer.ok) return null;
      const { data } = (await answer.json()) as {
        data: { result: { metric: Record<string, string>; value: [number, string] }[] };
      };
      return data.result.length > 0 && data.result;
    });
    assert.deepEqual(
      found.map(({ metric, value }) => [metric.agent, value[1]]),
      [["told", "1"]],
    );
    await helpers[1]?.end("SIGTERM");
    await until("nobody is told", async () => (await groups()).length === 0);
  });
});
