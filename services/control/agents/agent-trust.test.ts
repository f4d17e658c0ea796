/**
 * An attacker who can write to a real Redis, with agents and services of different secrets and invalid announcements,
 * jobs, orders and documents. Nothing is accepted, nothing exits because of it, and the figures of running runs add up.
 */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Queue } from "bullmq";
import type { Report } from "../../../clients/report/model/report.ts";
import {
  agentKey,
  agentsKey,
  jobPlace,
  mostAnnouncementBytes,
  openQueue,
  ordersChannel,
  ordersKey,
  queuePrefix,
  shardKey,
} from "../../agent/keys.ts";
import { closeRedis, openRedis, type Redis } from "../../agent/redis.ts";
import { Seal } from "../../agent/seal.ts";
import type { RunView } from "../routes/schemas.ts";
import { makeService, type Service } from "../service.ts";
import {
  freePort,
  type Helper,
  noRedis,
  silentLogger,
  startAgent,
  startRedis,
  temporaryFolder,
  testOptions,
  until,
} from "../testing/service-rig.ts";

const secret = "a shared secret of some length";
const { HOLDFAST_AGENT_SECRET: _, HOLDFAST_AGENT_SECRET_FILE: __, ...environment } = process.env;

const read = async ({ app }: Service, id: string): Promise<RunView> =>
  (await app.inject({ url: `/runs/${id}` })).json().run;
const names = async ({ app }: Service): Promise<string[]> =>
  (await app.inject({ url: "/agents" })).json().agents.map(({ name }: { name: string }) => name);
async function start({ app }: Service, scenario: object): Promise<string> {
  const payload = {
    scenario: {
      kind: "connections",
      target: "node",
      connections: 40,
      push: { interval: "500ms" },
      hold: "2s",
      ...scenario,
    },
  };
  const answer = await app.inject({ method: "POST", url: "/runs", payload });
  assert.equal(answer.statusCode, 202, answer.body);
  return answer.json().runs[0].id;
}
/** An agent announces its free slots once a second, so a run ends before its slots are free. */
const slotsAreFree = ({ app }: Service): Promise<boolean> =>
  until("the agent has both slots again", async () => {
    const { agents } = (await app.inject({ url: "/agents" })).json();
    return agents.some(({ slotsFree }: { slotsFree: number }) => slotsFree === 2);
  });
const over = (service: Service, id: string): Promise<RunView> =>
  until(
    `run ${id} is over`,
    async () => {
      const run = await read(service, id);
      return ["finished", "interrupted", "failed"].includes(run.state) && run;
    },
    70_000,
  );

/** Puts anything into a queue of shards. */
async function enqueue(connection: Redis, name: string, jobs: readonly unknown[]): Promise<void> {
  const queue = new Queue<unknown>(name, { connection, prefix: queuePrefix, skipVersionCheck: true });
  for (const job of jobs) await queue.add("shard", job);
  await queue.close();
}

const portOf = (server: Server): number => (server.address() as { port: number }).port;
const reportOf = async ({ app }: Service, id: string): Promise<Report> =>
  (await app.inject({ url: `/runs/${id}/report` })).json();
const endedAsPlanned = async (service: Service, id: string): Promise<void> => {
  const run = await over(service, id);
  assert.equal(run.state, "finished", run.error?.text);
  const { connections } = await reportOf(service, id);
  assert.deepEqual([run.state, connections.opened, connections.closedByPlan], ["finished", 40, 40], run.error?.text);
};

describe("a writer to Redis", { skip: noRedis, timeout: 300_000 }, () => {
  const folder = temporaryFolder();
  const services: Record<"signed" | "plain", Service> = {} as never;
  const agents: Record<"signed" | "other" | "plain", Helper> = {} as never;
  let helper: Helper;
  let redis: Redis;
  /** Counts connections. */
  let victim: Server;
  let accepted = 0;

  before(async () => {
    victim = createServer((socket) => {
      accepted++;
      socket.on("error", () => {}).resume();
    });
    await new Promise<void>((resolve) => victim.listen(0, "127.0.0.1", resolve));
    const port = await freePort();
    helper = await startRedis(port, join(folder.path, "redis"));
    const redisUrl = `redis://127.0.0.1:${port}`;
    redis = openRedis(redisUrl, () => {});
    const start = (name: string, given: NodeJS.ProcessEnv): Promise<Helper> =>
      startAgent(redisUrl, name, 2, [], { ...environment, ...given });
    agents.signed = await start("signed", { HOLDFAST_AGENT_SECRET: secret });
    agents.other = await start("other", { HOLDFAST_AGENT_SECRET: "another secret of some length" });
    agents.plain = await start("plain", {});
    services.signed = await makeService(
      testOptions(join(folder.path, "one"), { redisUrl, agentSecret: secret }),
      silentLogger,
    );
    services.plain = await makeService(testOptions(join(folder.path, "two"), { redisUrl }), silentLogger);
  });

  after(async () => {
    for (const agent of Object.values(agents)) await agent.end();
    for (const service of Object.values(services)) await service.close();
    closeRedis(redis);
    victim.close();
    await helper?.end();
    folder.remove();
  });

  it("cannot pass off an agent with another secret: each service has its own agents", async () => {
    for (const kind of ["signed", "plain"] as const) {
      await until(`the ${kind} agent`, async () => (await names(services[kind])).join() === kind);
      await endedAsPlanned(services[kind], await start(services[kind], { shards: 2 }));
      assert.match(agents[kind].output, /shard 1 of .*: 20 connections/);
    }
    assert.doesNotMatch(agents.other.output, /shard/);
  });

  const announcements: Record<string, (key: string) => Promise<unknown>> = {
    "not JSON": (key) => redis.set(key, "not json"),
    "JSON that is no announcement": (key) => redis.set(key, "[null]"),
    "one without a clock": (key) => redis.set(key, '{"id":"evil","name":"evil"}'),
    "a hash": (key) => redis.hset(key, "a", "b"),
    "one as long as memory lasts": (key) => redis.setrange(key, mostAnnouncementBytes * 100, "x"),
    "one of an agent of another name": async (key) =>
      redis.set(key, (await redis.get(agentKey((await redis.smembers(agentsKey))[0] ?? ""))) ?? ""),
  };
  for (const [what, write] of Object.entries(announcements)) {
    it(`hides no agent with an announcement that is ${what}`, async () => {
      await redis.sadd(agentsKey, "evil");
      await redis.del(agentKey("evil"));
      await write(agentKey("evil"));
      // Twice, so that at least one complete read lies in between.
      for (let looks = 0; looks < 2; looks++) {
        await new Promise((resolve) => setTimeout(resolve, 1100));
        assert.deepEqual(await names(services.plain), ["plain"]);
        assert.deepEqual(await names(services.signed), ["signed"]);
      }
      await redis.del(agentKey("evil"));
    });
  }

  it("hides no agent by replacing the list with another value", async () => {
    await redis.set(agentsKey, "not a set");
    await until("the list is a set again", async () => (await redis.type(agentsKey)) === "set");
    await until(
      "the agents are back",
      async () => (await names(services.plain)).length === 1 && (await names(services.signed)).length === 1,
    );
  });

  it("makes no agent load what its operator did not allow, and no agent exit because of a job", async () => {
    const endpoint = {
      host: "victim.example",
      address: "127.0.0.1",
      family: 4,
      port: portOf(victim),
      path: "/",
      tls: false,
    };
    const job = (run: string, endpoints: unknown[]): object => ({
      run,
      control: "x",
      plan: { run, shard: 0, engine: { slots: 10, endpoints } },
    });
    const jobs = [
      job("named", [endpoint]),
      job("literal", [{ ...endpoint, host: "10.9.9.9" }]),
      job("elsewhere", [{ ...endpoint, host: "localhost", address: "127.0.0.77" }]),
      job("redis", [{ ...endpoint, host: "127.0.0.1", port: redis.options.port }]),
      job("evil\r\n\u001b[2J all is well", [endpoint]),
      job("empty", []),
      job("odd", [{ ...endpoint, port: -1 }]),
      null,
      { plan: null },
      [],
      "text",
      { sealed: 7 },
      { sealed: "hf1.abc.{}" },
    ];
    await enqueue(redis, openQueue, jobs);
    await until("all are refused", () => (agents.plain.output.match(/rejected/g) ?? []).length >= jobs.length);
    assert.match(
      agents.plain.output,
      /shard 0 of named was rejected: victim\.example is not on this agent's allow list/,
    );
    assert.match(agents.plain.output, /shard 0 of redis was rejected: 127\.0\.0\.1:\d+ is Holdfast's own Redis/);
    assert.match(agents.plain.output, /shard 0 of elsewhere was rejected: localhost does not resolve to 127\.0\.0\.77/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be printed
    assert.doesNotMatch(agents.plain.output, /[\u001b\r]/);
    assert.match(JSON.parse((await redis.get(shardKey("named", 0))) ?? "{}").ended.text, /allow list/);
    assert.equal(accepted, 0);
    await endedAsPlanned(services.plain, await start(services.plain, {}));
  });

  it("cannot hand a signed agent a job that is unsigned, signed differently, or old", async () => {
    const clock = { machine: "elsewhere", offset: { seconds: 0, nanoseconds: 0 }, boundNs: 0 };
    const endpoints = [
      { host: "127.0.0.1", address: "127.0.0.1", family: 4, port: portOf(victim), path: "/", tls: false },
    ];
    const job = {
      run: "signed",
      control: "x",
      plan: { run: "signed", shard: 0, engine: { slots: 10, endpoints } },
      asked: { atNs: 0, clock },
    };
    const signedBy = (given: string): object => ({ sealed: new Seal(given).close(jobPlace, JSON.stringify(job)) });
    await enqueue(redis, new Seal(secret).queueName(openQueue), [
      job,
      signedBy("another secret of some length"),
      signedBy(secret),
    ]);
    await until("all three are refused", () => /rejected[\s\S]*rejected[\s\S]*rejected/.test(agents.signed.output));
    for (const why of [/it is not signed/, /does not match the shared secret/, /it is outdated/])
      assert.match(agents.signed.output, why);
    assert.equal(accepted, 0);
  });

  it("ends at most the shard whose document it corrupts; corrupted orders are rewritten", async () => {
    const service = services.plain;
    await slotsAreFree(service);
    const id = await start(service, { shards: 2, connections: 60, hold: "20s" });
    await until("all open", async () => {
      const run = await read(service, id);
      assert.ok(!["finished", "failed"].includes(run.state), run.error?.text);
      return run.connections?.opened === 60;
    });
    const [key = ""] = await redis.keys(`${ordersKey(id)}*`);
    const group = key.slice(ordersKey("").length);
    await redis.publish(ordersChannel, group);
    for (const text of [
      "not json",
      "{}",
      JSON.stringify({ run: group, beat: 1e9, clock: {}, told: 7, eventsSeen: {}, isOver: "yes" }),
    ]) {
      await redis.set(key, text, "PX", 60_000);
      await redis.publish(ordersChannel, group);
    }
    await until("the agent tells that it does not follow them", () =>
      agents.plain.output.includes(`ignoring invalid orders of ${group}`),
    );
    await redis.publish(`holdfast:news:${group}`, "1e9");
    // The agent overwrites it with its own, so write until control has read one of ours.
    await until("control cannot use a document", async () => {
      await redis.set(shardKey(group, 1), JSON.stringify({ shard: 1, tally: { counts: { opened: -1 } } }));
      await redis.publish(`holdfast:news:${group}`, "1");
      return (await reportOf(service, id)).notes.some(({ text }) => text.includes("its document is invalid"));
    });
    const run = await over(service, id);
    const report = await reportOf(service, id);
    const { connections, pushes } = report;
    assert.deepEqual([run.state, report.connections.planned], ["finished", 60]);
    assert.equal(connections.closedByPlan, 30);
    assert.deepEqual([connections.byCause["generator-died"], connections.opened], [30, 60]);
    assert.equal(pushes?.due, (pushes?.received ?? 0) + (pushes?.lost ?? 0));
    assert.notEqual(run.verdict, "pass");
    await slotsAreFree(service);
    await endedAsPlanned(service, await start(service, { shards: 2 }));
  });
});
