/**
 * An agent that lost Redis, or the command that started it, does not generate load for long; and no password is
 * printed.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { projectRoot } from "../../../clients/target/project-root.ts";
import { makeService, type Service } from "../service.ts";
import {
  freePort,
  Helper,
  noRedis,
  redisProgram,
  silentLogger,
  startAgent,
  startRedis,
  temporaryFolder,
  testOptions,
  until,
} from "../testing/service-rig.ts";

const entry = join(projectRoot, "dist/clients/cli/main.js");
const mainOf = (service: string): string => join(projectRoot, "dist/services", service, "main.js");
const { HOLDFAST_TOKEN: _, REDIS_URL: __, HOLDFAST_AGENT_SECRET: ___, ...environment } = process.env;

const childrenOf = (pid: number | undefined): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
/** Other programs may be using the machine, too. */
const slowMs = 60_000;
const isRunning = (pid: number): boolean => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
};

describe("an agent that lost its Redis", { skip: noRedis, timeout: 240_000 }, () => {
  const folder = temporaryFolder();
  let redis: Helper;
  let agent: Helper;
  let service: Service;
  after(async () => {
    await agent?.end();
    await service?.close();
    await redis?.end();
    folder.remove();
  });

  it("closes its connections and ends its shards, even during the ramp, and the run adds up", async () => {
    let open = 0;
    const target = createServer((socket) => {
      open++;
      socket
        .on("error", () => {})
        .on("close", () => open--)
        .resume();
    });
    await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
    const { port: targetPort } = target.address() as { port: number };
    const port = await freePort();
    redis = await startRedis(port, join(folder.path, "redis"));
    const redisUrl = `redis://127.0.0.1:${port}`;
    agent = await startAgent(redisUrl, "alone");
    service = await makeService(testOptions(join(folder.path, "runs"), { redisUrl }), silentLogger);
    await until("the agent", async () => (await service.app.inject({ url: "/agents" })).json().agents.length === 1);
    const scenario = {
      kind: "connections",
      protocol: "tcp",
      target: `tcp://127.0.0.1:${targetPort}`,
      connections: 2000,
      rampPerSecond: 20,
      hold: "5s",
    };
    const answer = await service.app.inject({ method: "POST", url: "/runs", payload: { scenario } });
    const { id } = answer.json().runs[0];
    // One may be the probe's.
    await until("connections", () => open > 20);
    const shards = childrenOf(agent.child.pid);
    assert.equal(shards.length, 1);
    await redis.end();
    await until("all are closed", () => open === 0, 60_000);
    await until("the shard process is gone", () => !shards.some(isRunning), 60_000);
    assert.ok(agent.child.exitCode === null, "the agent waits for Redis");
    const report = await until("the run is over", async () => {
      const given = (await service.app.inject({ url: `/runs/${id}/report` })).json();
      return given.state === "finished" && given;
    });
    assert.equal(report.verdict, "invalid");
    assert.equal(
      report.connections.planned,
      report.connections.opened + report.connections.refused + report.connections.notAttempted,
    );
    redis = await startRedis(port, join(folder.path, "again"));
    await until(
      "it is back with a free slot",
      async () => (await service.app.inject({ url: "/agents" })).json().agents[0]?.slotsFree === 1,
    );
    target.close();
  });
});

describe("a service whose command was killed", { skip: noRedis, timeout: 240_000 }, () => {
  const folder = temporaryFolder();
  const commands: Helper[] = [];
  let redis: Helper;
  let redisUrl = "";
  before(async () => {
    const port = await freePort();
    redisUrl = `redis://127.0.0.1:${port}`;
    redis = await startRedis(port, join(folder.path, "redis"));
  });
  after(async () => {
    for (const command of commands) await command.end();
    await redis?.end();
    folder.remove();
  });

  for (const [args, ready] of [
    [["agent", "--slots", "1"], /offers/],
    [["serve", "--port", "0", "--runs", join(folder.path, "runs")], /holdfast serve: http/],
  ] as const) {
    it(`exits: ${args[0]}`, async () => {
      const command = new Helper(process.execPath, [entry, ...args], { ...environment, REDIS_URL: redisUrl });
      commands.push(command);
      await command.says(ready, slowMs);
      const [pid = 0] = childrenOf(command.child.pid);
      assert.ok(isRunning(pid));
      command.child.kill("SIGKILL");
      await until("the service is gone", () => !isRunning(pid));
    });
  }

  it("exits, even before Redis has responded", async () => {
    const command = new Helper(process.execPath, [entry, "agent"], {
      ...environment,
      REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
    });
    commands.push(command);
    await command.says(/redis does not answer/, slowMs);
    const [pid = 0] = childrenOf(command.child.pid);
    command.child.kill("SIGKILL");
    await until("the agent is gone", () => !isRunning(pid));
  });
});

describe("a password", { skip: noRedis, timeout: 240_000 }, () => {
  const folder = temporaryFolder();
  after(() => folder.remove());

  for (const [what, given, sentence] of [
    ["in a URL that is none", { REDIS_URL: "rediss//:hunter2hunter2@127.0.0.1" }, /--redis: expected a URL such as/],
    [
      "in a URL with an impossible port",
      { REDIS_URL: "redis://:hunter2hunter2@127.0.0.1:99999" },
      /--redis: expected a URL such as/,
    ],
    [
      "that is too short",
      { REDIS_URL: "redis://127.0.0.1:1", HOLDFAST_AGENT_SECRET: "hunter2" },
      /HOLDFAST_AGENT_SECRET: expected at least 16 characters/,
    ],
    [
      "in a file that is not there",
      { REDIS_URL: "redis://127.0.0.1:1", HOLDFAST_AGENT_SECRET_FILE: "/nowhere/at/all" },
      /cannot read \/nowhere\/at\/all: ENOENT/,
    ],
  ] as const) {
    for (const service of ["agent", "control"]) {
      it(`${what} is rejected by ${service} and not printed`, async () => {
        const helper = new Helper(process.execPath, [mainOf(service)], { ...environment, ...given });
        await helper.says(sentence, slowMs);
        await until("it ends", () => helper.child.exitCode !== null);
        assert.equal(helper.child.exitCode, 2);
        assert.doesNotMatch(helper.output, /hunter2/);
      });
    }
  }

  it("that Redis rejects is not printed by either", async () => {
    const port = await freePort();
    const redis = new Helper(redisProgram, [
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--requirepass",
      "the right one",
      "--dir",
      folder.path,
    ]);
    await redis.says(/eady to accept connections/);
    const given = { ...environment, REDIS_URL: `redis://:hunter2hunter2@127.0.0.1:${port}` };
    const agent = new Helper(process.execPath, [mainOf("agent")], given);
    const serve = new Helper(
      process.execPath,
      [mainOf("control"), "--port", "0", "--runs", join(folder.path, "runs")],
      given,
    );
    await Promise.all([agent.says(/redis does not answer/, slowMs), serve.says(/redis does not answer/, slowMs)]);
    await serve.says(/holdfast serve: http/, slowMs);
    for (const helper of [agent, serve]) {
      helper.signal("SIGTERM");
      await until("it ends", () => helper.child.exitCode !== null || helper.child.signalCode !== null);
      assert.doesNotMatch(helper.output, /hunter2/);
    }
    await redis.end();
  });
});
