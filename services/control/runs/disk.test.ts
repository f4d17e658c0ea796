import assert from "node:assert/strict";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { actedService, until } from "../testing/service-rig.ts";

const start = {
  method: "POST",
  url: "/runs",
  payload: { scenario: { kind: "connections", target: "node", connections: 10 } },
} as const;

/** A service whose runs folder is removed and restored: nothing can be written in between. */
async function withDisk(
  act: (service: Awaited<ReturnType<typeof actedService>>, take: () => void, give: () => void) => Promise<void>,
): Promise<void> {
  const service = await actedService({}, 1);
  const aside = `${service.folder}-aside`;
  const take = (): void => {
    renameSync(service.folder, aside);
    writeFileSync(service.folder, "");
  };
  const give = (): void => {
    rmSync(service.folder, { force: true });
    renameSync(aside, service.folder);
  };
  try {
    await act(service, take, give);
  } finally {
    await service.remove();
    rmSync(aside, { recursive: true, force: true });
  }
}

describe("a service with a full disk", () => {
  it("keeps running, refuses new runs with a reason, ends the run with one, and writes the rest later", () =>
    withDisk(async ({ app, release, folder }, take, give) => {
      const id: string = (await app.inject(start)).json().runs[0].id;
      const stateOf = async (): Promise<string> => (await app.inject({ url: `/runs/${id}` })).json().run.state;
      await until("the run", async () => (await stateOf()) === "running");
      assert.equal((await app.inject({ url: "/readyz" })).statusCode, 200);
      take();
      const ready = await app.inject({ url: "/readyz" });
      assert.equal(ready.statusCode, 503);
      assert.match(ready.json().error.text, /runs folder/);
      const refused = await app.inject(start);
      assert.equal(refused.statusCode, 503, refused.body);
      assert.match(refused.json().error.text, /runs folder cannot be written/);
      release();
      await until("the end", async () => (await stateOf()) === "failed");
      const { error } = (await app.inject({ url: `/runs/${id}` })).json().run;
      assert.match(error.text, /E[A-Z]+/);
      assert.equal((await app.inject({ url: "/healthz" })).statusCode, 200);
      give();
      await until(
        "the order on disk",
        async () => (await app.inject({ url: `/runs?state=failed` })).json().runs.length === 1,
      );
      assert.ok(existsSync(join(folder, id, "order.json")));
    }));

  it("recovers the other orders when one is unreadable", async () => {
    const service = await actedService({}, 1);
    try {
      const names = ["20260101-000000-a", "20260101-000001-b"];
      for (const name of names) mkdirSync(join(service.folder, name), { recursive: true });
      const [damaged, folder] = names.map((name) => join(service.folder, name, "order.json"));
      writeFileSync(damaged!, '{"id":"20260101-000000-a","state":"queued"}');
      mkdirSync(folder!);
      service.recover();
      service.release();
      assert.equal((await service.app.inject(start)).statusCode, 202);
      const list = await service.app.inject({ url: "/runs" });
      assert.deepEqual([list.statusCode, list.json().runs.length], [200, 1]);
    } finally {
      await service.remove();
    }
  });
});
