import assert from "node:assert/strict";
import { get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { actedService, until } from "../testing/service-rig.ts";

function openStream(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ response: IncomingMessage; text: () => string; isEnded: () => boolean }> {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (response) => {
      let text = "";
      let isEnded = false;
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("close", () => {
        isEnded = true;
      });
      response.on("error", () => {});
      resolve({ response, text: () => text, isEnded: () => isEnded });
    }).on("error", reject);
  });
}

async function streaming(
  act: (base: string, id: string, service: Awaited<ReturnType<typeof actedService>>) => Promise<void>,
): Promise<void> {
  const service = await actedService({}, 5);
  try {
    await service.app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = service.app.server.address() as AddressInfo;
    const body = { scenario: { kind: "connections", target: "node", connections: 10 } };
    const id = (await service.app.inject({ method: "POST", url: "/runs", payload: body })).json().runs[0].id;
    await act(`http://127.0.0.1:${port}`, id, service);
  } finally {
    await service.remove();
  }
}

const ticks = (text: string): number => text.match(/^event: tick$/gm)?.length ?? 0;

describe("GET /runs/:id/live", () => {
  it("streams a run from its time in the queue to its end", () =>
    streaming(async (base, id, service) => {
      const stream = await openStream(`${base}/runs/${id}/live`);
      assert.match(String(stream.response.headers["content-type"]), /event-stream/);
      assert.match(String(stream.response.headers["content-security-policy"]), /default-src/);
      await until("ticks", () => ticks(stream.text()) === 5, 5000);
      service.release();
      await until("the end", () => stream.isEnded(), 5000);
      assert.match(stream.text(), /event: end\ndata: {"state":"finished","error":null}/);
    }));

  it("replays to a late reader what it missed, and only that", () =>
    streaming(async (base, id) => {
      const first = await openStream(`${base}/runs/${id}/live`);
      await until("ticks", () => ticks(first.text()) === 5, 5000);
      const last = /id: (\d+)\nevent: tick/.exec(first.text())?.[1] ?? "";
      const second = await openStream(`${base}/runs/${id}/live`, { "last-event-id": last });
      await until("ticks again", () => ticks(second.text()) === 4, 5000);
      for (const { response } of [first, second]) response.destroy();
    }));

  it("serves the seconds of a run that ended long ago from its folder", () =>
    streaming(async (base, id, service) => {
      service.release();
      await until(
        "the report",
        async () => (await service.app.inject({ url: `/runs/${id}` })).json().run.state === "finished",
        5000,
      );
      const { folder } = service;
      const later = await actedService({ runsFolder: folder });
      try {
        await later.app.listen({ host: "127.0.0.1", port: 0 });
        const { port } = later.app.server.address() as AddressInfo;
        const stream = await openStream(`http://127.0.0.1:${port}/runs/${id}/live`);
        await until("the end", () => stream.isEnded(), 5000);
        assert.equal(ticks(stream.text()), 5);
        assert.match(stream.text(), /event: end/);
      } finally {
        await later.remove();
      }
      assert.ok(base.length > 0);
    }));

  it("does not prevent the service from closing", () =>
    streaming(async (base, id, service) => {
      const stream = await openStream(`${base}/runs/${id}/live`);
      service.release();
      await service.app.close();
      await until("the stream to end", () => stream.isEnded(), 5000);
    }));
});
