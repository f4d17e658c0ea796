import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { EngineTrial, localEndpoint, trialOptions } from "../testing/engine-trial.ts";
import { RawServer } from "../testing/raw-server.ts";
import { serverFrame, upgradeAnswer } from "../testing/websocket-corpus.ts";

const goingAway = serverFrame(8, Buffer.of(0x03, 0xe9));
const compressed = serverFrame(2, deflateRawSync(Buffer.alloc(50_000, "a")), { reserved: 0x40 });

for (const [ending, end] of [
  ["stays open", () => {}],
  ["is reset", (socket: { resetAndDestroy(): unknown }) => socket.resetAndDestroy()],
] as const) {
  test(`with compression, a close frame is reported at once with its code when TCP ${ending}`, async () => {
    const server = await RawServer.listen(({ socket, received }, bytes) => {
      if (received.length !== bytes.length) return;
      const answer = upgradeAnswer(bytes, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
      socket.write(Buffer.concat([answer, compressed, goingAway]), () => setTimeout(end, 20, socket));
    });
    const trial = await EngineTrial.make(
      "portable",
      trialOptions("websocket", [localEndpoint(server.port)], { compression: true }),
    );
    trial.engine.open(0);
    const { cause, code } = await trial.saw("closed");
    assert.deepEqual([cause, code], ["close-frame", 1001]);
    assert.equal(trial.of("message").length, 1);
    trial.engine.dispose();
    await server.close();
  });
}
