import assert from "node:assert/strict";
import { test } from "node:test";
import { EngineTrial, localEndpoint, trialOptions } from "../testing/engine-trial.ts";
import { RawServer } from "../testing/raw-server.ts";
import { serverFrame } from "../testing/websocket-corpus.ts";

for (const compression of [false, true]) {
  test(`portable engine, compression ${compression}: a slow slot reads as much as told, in the end all`, async () => {
    const server = await RawServer.upgrading();
    const options = trialOptions("websocket", [localEndpoint(server.port)], {
      slots: 2,
      slowSlots: 1,
      slowReceiveBufferBytes: 4096,
      compression,
    });
    const trial = await EngineTrial.make("portable", options);
    trial.engine.open(0);
    await trial.saw("opened", 0);
    trial.engine.open(1);
    await trial.saw("opened", 1);
    const frame = serverFrame(2, Buffer.alloc(1000));
    for (const { socket } of server.peers) for (let i = 0; i < 200; i++) socket.write(frame);
    await trial.until(() => trial.of("message", 1).length === 200, "all messages of the fast slot");
    // Data in transit when the slot opened may arrive: at most one read.
    const early = trial.of("message", 0).length;
    assert.ok(early <= 70, `${early} messages unasked`);
    trial.engine.readSome(0, 2000);
    await trial.until(() => trial.of("message", 0).length > early, "some messages of the slow slot");
    assert.ok(trial.of("message", 0).length < 200);
    await trial.until(() => {
      trial.engine.readSome(0, 10_000);
      return trial.of("message", 0).length === 200;
    }, "all messages of the slow slot");
    assert.equal(trial.engine.evidence(0), null);
    assert.ok(trial.of("message").every(({ atNs, readNs, stamp }) => atNs === readNs && stamp === 2));
    trial.engine.dispose();
    await server.close();
  });
}
