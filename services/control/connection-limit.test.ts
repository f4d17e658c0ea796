import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { describe, it } from "node:test";
import { connectionsFor, limitConnections } from "./connection-limit.ts";

describe("the connections of a service", () => {
  it("leave descriptors for everything else", () => {
    for (const [descriptors, most] of [
      [1, 1],
      [400, 200],
      [1_048_576, 2000],
    ] as const)
      assert.equal(connectionsFor(descriptors), most);
  });

  it("make room by closing the oldest idle one first; one with a pending request is kept", async () => {
    const held: { end(): void }[] = [];
    const server = createServer((_request, response) => {
      response.write("begun");
      held.push(response);
    });
    limitConnections(server, 5);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const sockets: Socket[] = [];
    try {
      const answered = await new Promise<IncomingMessage>((resolve) =>
        get({ port, host: "127.0.0.1", agent: false }, resolve),
      );
      const closed: Promise<unknown>[] = [];
      for (let i = 0; i < 10; i++) {
        const socket = connect(port, "127.0.0.1").on("error", () => {});
        sockets.push(socket);
        closed.push(once(socket, "close"));
        await once(socket, "connect");
      }
      await Promise.all(closed.slice(0, 6));
      const late = await new Promise<IncomingMessage>((resolve) =>
        get({ port, host: "127.0.0.1", agent: false }, resolve),
      );
      assert.equal(late.statusCode, 200);
      const whole: string[] = [];
      answered.setEncoding("utf8").on("data", (part: string) => whole.push(part));
      for (const response of held) response.end();
      await once(answered, "end");
      late.resume();
      assert.equal(whole.join(""), "begun");
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
      server.closeAllConnections();
    }
  });
});
