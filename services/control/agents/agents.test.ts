/**
 * Agents as separate processes with a real Redis, under faults: two services share the Redis, one agent is killed, one
 * freezes for longer than a run waits, Redis restarts empty. The figures must always add up, and no run may hang.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Report } from "../../../clients/report/model/report.ts";
import { closeRedis, openRedis } from "../../agent/redis.ts";
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

async function start(service: Service, scenario: object): Promise<string> {
  const payload = {
    scenario: { kind: "connections", target: "node", rampPerSecond: 600, push: { interval: "1s" }, ...scenario },
  };
  const answer = await service.app.inject({ method: "POST", url: "/runs", payload });
  assert.equal(answer.statusCode, 202, answer.body);
  return answer.json().runs[0].id;
}

const read = async ({ app }: Service, id: string): Promise<RunView> =>
  (await app.inject({ url: `/runs/${id}` })).json().run;
const reportOf = async ({ app }: Service, id: string): Promise<Report> =>
  (await app.inject({ url: `/runs/${id}/report` })).json();
const over = (service: Service, id: string): Promise<RunView> =>
  until(
    `run ${id} is over`,
    async () => {
      const run = await read(service, id);
      return ["finished", "interrupted", "failed"].includes(run.state) && run;
    },
    70_000,
  );

function assertAddsUp({ connections, pushes }: Report): void {
  assert.equal(connections.planned, connections.opened + connections.refused + connections.notAttempted);
  assert.equal(
    connections.opened + connections.reconnects.opened,
    connections.closedByPlan + connections.closedUnexpectedly,
  );
  assert.ok(pushes !== null && pushes.received > 0);
  assert.equal(pushes.due, pushes.received + pushes.lost);
}

describe("runs on agents", { skip: noRedis }, () => {
  const folder = temporaryFolder();
  const agents: Helper[] = [];
  const services: Service[] = [];
  let redis: Helper;
  let port = 0;

  before(async () => {
    port = await freePort();
    redis = await startRedis(port, join(folder.path, "redis"));
    const redisUrl = `redis://127.0.0.1:${port}`;
    agents.push(...(await Promise.all(["a", "b", "c", "d"].map((name) => startAgent(redisUrl, name)))));
    for (const name of ["one", "two"])
      services.push(await makeService(testOptions(join(folder.path, name), { redisUrl }), silentLogger));
    await until("the agents", () => services.every(({ app }) => app.server !== undefined));
  });

  after(async () => {
    for (const agent of agents) await agent.end();
    for (const service of services) await service.close();
    await redis?.end();
    folder.remove();
  });

  it("are refused before they start when the slots cannot carry them", async () => {
    const [service] = services as [Service];
    await until("four agents", async () => (await service.app.inject({ url: "/agents" })).json().agents.length === 4);
    const payload = { scenario: { kind: "connections", target: "node", connections: 500, shards: 5 } };
    const rows = (await service.app.inject({ method: "POST", url: "/preflight", payload })).json().rows;
    assert.equal(rows.at(-1).row, "agents");
    assert.equal(rows.at(-1).verdict, "refuse");
    const run = await over(service, await start(service, { connections: 500, shards: 5 }));
    assert.equal(run.state, "failed");
    assert.match(run.error?.text ?? "", /4 slots/);
  });

  it("follow stages over two of them: what each stage opened, closed and holds is exact", async () => {
    const [service] = services as [Service];
    const stages = ["40 over 200ms hold 1500ms", "90 over 500ms hold 2s", "30 over 300ms hold 1500ms"];
    const id = await start(service, { target: "rehearsal", shards: 2, rampPerSecond: 200, stages });
    const run = await over(service, id);
    assert.equal(run.state, "finished", run.error?.text);
    const report = await reportOf(service, id);
    assertAddsUp(report);
    assert.deepEqual(
      report.stages?.map(({ opened, closedByPlan, closedUnexpectedly, open }) => [
        opened,
        closedByPlan,
        closedUnexpectedly,
        open,
      ]),
      [
        [40, 0, 0, 40],
        [50, 0, 0, 90],
        [0, 60, 0, 30],
      ],
    );
    const due = report.stages?.reduce((sum, { pushes }) => sum + (pushes?.due ?? 0), 0);
    assert.equal(due, report.pushes?.due);
  });

  it("have conversations over two of them: everything adds up, and the last receiver is known", async () => {
    const [service] = services as [Service];
    const conversation = {
      opening: [{ send: '{"t":"auth","token":"k{{index}}","room":"r"}' }, { expect: { json: { t: "welcome" } } }],
      beats: [{ every: "1s", send: '{"t":"ping"}', answer: { json: { t: "pong" } } }],
      requests: [
        {
          name: "ask",
          every: "10s",
          send: '{"t":"ask","id":"{{message}}"}',
          answer: { json: { t: "answer", id: "{{message}}" } },
        },
      ],
    };
    const groups = [
      {
        name: "speakers",
        connections: 4,
        publish: { every: "500ms", send: '{"t":"say","room":"r","id":{{message}}}' },
      },
      { name: "listeners", connections: 36 },
    ];
    const scenario = {
      target: "rehearsal",
      faults: "talk",
      shards: 2,
      hold: "3s",
      groups,
      conversation,
      limits: ["refusedRatio<=1"],
    };
    const id = await start(service, scenario);
    const run = await over(service, id);
    assert.equal(run.state, "finished", run.error?.text);
    const report = await reportOf(service, id);
    assertAddsUp(report);
    // The script refuses one opening in twenty and drops one delivery in forty.
    assert.deepEqual([report.connections.opened, report.connections.refused], [38, 2]);
    const [said] = report.conversation?.published ?? [];
    assert.ok(
      said !== undefined && said.sent > 0 && said.due === said.received + said.lost && said.lost > 0,
      JSON.stringify(said),
    );
    assert.equal(said.lastReceiverMs?.count, said.sent);
  });

  it("of two services on one Redis add up, although an agent dies, one freezes, and Redis restarts empty", async () => {
    const [one, two] = services as [Service, Service];
    const ids = [
      await start(one, { connections: 450, shards: 2, hold: "7s" }),
      await start(two, { connections: 450, shards: 2, hold: "7s" }),
    ] as const;
    for (const [service, id] of [
      [one, ids[0]],
      [two, ids[1]],
    ] as const)
      await until(`run ${id} holds all`, async () => (await read(service, id)).connections?.opened === 450);
    // One tick and one report later, each run has pushes to account for.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const [killed, paused] = agents as [Helper, Helper];
    killed.signal("SIGKILL");
    paused.signal("SIGSTOP");
    await redis.end();
    redis = await startRedis(port, join(folder.path, "redis-again"));
    const views = await Promise.all([over(one, ids[0]), over(two, ids[1])]);
    assert.deepEqual(
      views.map(({ state }) => state),
      ["finished", "finished"],
    );
    const reports = [await reportOf(one, ids[0]), await reportOf(two, ids[1])];
    for (const report of reports) assertAddsUp(report);
    // Two of the four shards, of 225 each, were lost; the other two ended as planned.
    const sum = (of: (report: Report) => number): number => reports.reduce((total, report) => total + of(report), 0);
    assert.equal(
      sum(({ connections }) => connections.byCause["generator-died"] ?? 0),
      450,
    );
    assert.equal(
      sum(({ connections }) => connections.closedByPlan),
      450,
    );
    for (const { connections, verdict } of reports)
      assert.equal(verdict === "invalid" || verdict === "fail", (connections.byCause["generator-died"] ?? 0) > 0);
  });

  it("continue on an agent that was frozen, ignoring its late figures; a slow Redis does no harm", async () => {
    const [one] = services as [Service];
    const [, paused] = agents as [Helper, Helper];
    const [before] = (await one.app.inject({ url: "/runs?state=finished" })).json().runs as RunView[];
    const figures = await reportOf(one, before?.id ?? "");
    paused.signal("SIGCONT");
    await until("three agents with a free slot each", async () => {
      const free = (await one.app.inject({ url: "/agents" }))
        .json()
        .agents.map(({ slotsFree }: { slotsFree: number }) => slotsFree);
      return free.length === 3 && free.every((slots: number) => slots === 1);
    });
    const id = await start(one, { connections: 300, shards: 3, hold: "4s" });
    await until("all open", async () => (await read(one, id)).connections?.opened === 300);
    // Meanwhile Redis responds slowly.
    const slow = openRedis(`redis://127.0.0.1:${port}`, () => {});
    await slow.call("CLIENT", "PAUSE", "2000", "ALL");
    closeRedis(slow);
    const run = await over(one, id);
    assert.deepEqual([run.state, run.verdict, run.connections?.opened], ["finished", "pass", 300]);
    assertAddsUp(await reportOf(one, id));
    assert.deepEqual(await reportOf(one, before?.id ?? ""), figures);
  });
});
