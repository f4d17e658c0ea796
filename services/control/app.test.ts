import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readIntervals } from "../../clients/run/folder/run-folder.ts";
import type { RunView } from "./routes/schemas.ts";
import { actedService, until } from "./testing/service-rig.ts";

type Acted = Awaited<ReturnType<typeof actedService>>;
const scenario = {
  kind: "connections",
  target: "node",
  connections: 100,
  headers: { authorization: "Bearer very-secret" },
};

async function withService(act: (service: Acted) => Promise<void>): Promise<void> {
  const service = await actedService();
  try {
    await act(service);
  } finally {
    await service.remove();
  }
}

async function start({ app }: Acted, changes: object = {}): Promise<RunView[]> {
  const answer = await app.inject({
    method: "POST",
    url: "/runs",
    payload: { scenario: { ...scenario, ...changes }, tags: ["nightly"] },
  });
  assert.equal(answer.statusCode, 202, answer.body);
  return answer.json().runs;
}

const read = async ({ app }: Acted, id: string): Promise<RunView> =>
  (await app.inject({ url: `/runs/${id}` })).json().run;
const reaches = (service: Acted, id: string, state: string) =>
  until(`${id} ${state}`, async () => (await read(service, id)).state === state, 5000);

describe("runs over the API", () => {
  it("are started, watched, finished and read in every form", () =>
    withService(async (service) => {
      const { app, folder } = service;
      const [run] = await start(service);
      assert.ok(run !== undefined);
      assert.equal(run.state, "queued");
      await reaches(service, run.id, "running");
      service.release();
      await reaches(service, run.id, "finished");
      assert.equal((await read(service, run.id)).run, run.id, "the run has the id that was promised");
      for (const [path, type] of [
        ["report", "application/json"],
        ["report.txt", "text/plain"],
        ["report.html", "text/html"],
        ["intervals", "application/x-ndjson"],
        ["events", "application/x-ndjson"],
      ] as const) {
        const answer: { statusCode: number; headers: object; body: string } = await app.inject({
          url: `/runs/${run.id}/${path}`,
        });
        assert.equal(answer.statusCode, 200, path);
        assert.match(String((answer.headers as Record<string, unknown>)["content-type"]), new RegExp(type));
        assert.doesNotMatch(answer.body, /very-secret/, path);
      }
      assert.equal(readIntervals(join(folder, run.id)).length, 3);
      assert.match((await app.inject({ url: "/metrics" })).body, /holdfast_run_info{run="/);
    }));

  it("wait for their turn, and one stopped in the queue never begins", () =>
    withService(async (service) => {
      const [first] = await start(service);
      const [second] = await start(service);
      assert.ok(first !== undefined && second !== undefined);
      await reaches(service, first.id, "running");
      assert.equal((await read(service, second.id)).state, "queued");
      await service.app.inject({ method: "POST", url: `/runs/${second.id}/stop` });
      assert.equal((await read(service, second.id)).state, "interrupted");
      await service.app.inject({ method: "POST", url: `/runs/${first.id}/stop` });
      await reaches(service, first.id, "interrupted");
      const again = await service.app.inject({ method: "POST", url: `/runs/${first.id}/stop` });
      assert.deepEqual([again.statusCode, again.json().error.code], [409, "conflict"]);
    }));

  it("with several targets are one run each, in turn", () =>
    withService(async (service) => {
      const runs = await start(service, { target: ["node", "rehearsal"] });
      assert.deepEqual(
        runs.map(({ target, group }) => [target, group]),
        [
          ["node", runs[0]?.id],
          ["rehearsal", runs[0]?.id],
        ],
      );
      await reaches(service, runs[0]?.id ?? "", "running");
      assert.equal((await read(service, runs[1]?.id ?? "")).state, "queued");
    }));

  it("are listed by page and filter, tagged, compared and deleted", () =>
    withService(async (service) => {
      const { app, folder } = service;
      service.release();
      const ids: string[] = [];
      for (let i = 0; i < 3; i++) ids.push((await start(service))[0]?.id ?? "");
      for (const id of ids) await reaches(service, id, "finished");
      const page = (await app.inject({ url: "/runs?most=2" })).json();
      assert.equal(page.runs.length, 2);
      const rest = (await app.inject({ url: `/runs?most=2&before=${page.next}` })).json();
      assert.deepEqual([...page.runs, ...rest.runs].map(({ id }) => id).sort(), [...ids].sort());
      assert.equal((await app.inject({ url: "/runs?state=failed" })).json().runs.length, 0);
      assert.equal(
        (await app.inject({ url: "/runs?tag=nightly&verdict=pass&kind=connections&target=node" })).json().runs.length,
        3,
      );
      const [before = "", after = ""] = [...ids].sort();
      const tagged = await app.inject({ method: "PUT", url: `/runs/${before}/tags`, payload: { tags: ["kept"] } });
      assert.deepEqual(tagged.json().run.tags, ["kept"]);
      assert.equal((await app.inject({ url: `/diff?before=${before}&after=${after}` })).json().isRegression, false);
      for (const form of ["diff.txt", "compare.html"])
        assert.equal((await app.inject({ url: `/${form}?before=${before}&after=${after}` })).statusCode, 200);
      assert.equal((await app.inject({ method: "DELETE", url: `/runs/${before}` })).statusCode, 204);
      assert.equal(existsSync(join(folder, before)), false);
      assert.equal((await app.inject({ url: `/runs/${before}` })).statusCode, 404);
    }));

  it("cannot be deleted while in progress", () =>
    withService(async (service) => {
      const [run] = await start(service);
      await reaches(service, run?.id ?? "", "running");
      assert.equal((await service.app.inject({ method: "DELETE", url: `/runs/${run?.id}` })).statusCode, 409);
    }));
});

describe("what the API rejects", () => {
  it("has a pre-flight by kind: a pipeline's has its log and no connections", () =>
    withService(async ({ app }) => {
      const payload = { scenario: { kind: "pipeline", target: "node", lines: 1000 } };
      const answer: { body: string } = await app.inject({ method: "POST", url: "/preflight", payload });
      const { rows } = JSON.parse(answer.body) as { rows: { row: string }[] };
      assert.equal(rows[0]?.row, "disk space for the log");
      assert.ok(rows.every(({ row }) => !/open files|ports|TIME_WAIT/.test(row)));
    }));

  it("names every invalid field, without coercing or dropping anything", () =>
    withService(async ({ app }) => {
      const post = async (payload: object): Promise<string[]> => {
        const answer = await app.inject({ method: "POST", url: "/runs", payload });
        assert.equal(answer.statusCode, 400, answer.body);
        return answer.json().error.problems.map(({ field }: { field: string }) => field);
      };
      assert.deepEqual(
        await post({ scenario: { ...scenario, connections: "100", conections: 5 } }),
        ["scenario.conections", "scenario.connections"].sort(),
      );
      assert.deepEqual(await post({ scenario: { ...scenario, pid: [1] } }), ["scenario.pid"]);
      assert.deepEqual(await post({ scenario: { ...scenario, target: "ws://other.example/" } }), ["scenario.target"]);
      assert.deepEqual(await post({ scenario, extra: 1 }), ["extra"]);
      assert.deepEqual(await post({ preset: "nothing" }), ["preset"]);
      assert.deepEqual(await post({}), ["scenario"]);
      assert.deepEqual(await post({ scenario, tags: [""] }), ["tags.0"]);
    }));

  it("has no path out of the runs folder", () =>
    withService(async ({ app }) => {
      for (const id of ["..%2f..%2fetc", "20260101-000000-x%2f..", "%00", "20260101-000000-x%0a"]) {
        for (const path of [`/runs/${id}`, `/runs/${id}/report`, `/runs/${id}/intervals`]) {
          const { statusCode } = await app.inject({ url: path });
          assert.ok(statusCode === 400 || statusCode === 404, `${path}: ${statusCode}`);
        }
      }
    }));
});
