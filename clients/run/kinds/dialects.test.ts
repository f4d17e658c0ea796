import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { Server as SocketIoServer } from "socket.io";
import { WebSocketServer } from "ws";
import { trialRun } from "../testing/run-rig.ts";

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const fields = { connections: 20, rampPerSecond: 200, hold: "3s", push: { interval: "500ms", stamp: "none" } };

describe("dialects with the real servers", { concurrency: 2 }, () => {
  it("socket.io: connections survive the heartbeat timeout, and events are counted as by the server", async () => {
    const http = createServer();
    // A client that misses one heartbeat is closed within 800 ms; the hold is several times as long.
    const io = new SocketIoServer(http, { pingInterval: 500, pingTimeout: 300, transports: ["websocket"] });
    let heartbeats = 0;
    io.engine.on("connection", (socket: { on(name: "heartbeat", tell: () => void): void }) =>
      socket.on("heartbeat", () => void heartbeats++),
    );
    let joined = 0;
    let sent = 0;
    const timers = new Set<NodeJS.Timeout>();
    const reasons: string[] = [];
    io.of("/news").on("connection", (socket) => {
      joined++;
      const timer = setInterval(() => socket.connected && socket.emit("headline", { number: sent++ }), 500);
      timers.add(timer);
      socket.on("disconnect", (reason) => {
        clearInterval(timer);
        reasons.push(reason);
      });
    });
    const target = await listening(http);
    try {
      const { report } = await trialRun({ ...fields, target, dialect: "socket.io", channel: "/news" });
      const { opened, refused, closedUnexpectedly } = report.connections;
      assert.deepEqual(
        { opened, refused, joined, closedUnexpectedly },
        { opened: 20, refused: 0, joined: 20, closedUnexpectedly: 0 },
      );
      assert.ok((report.conversation?.replies ?? 0) >= 60, "heartbeats are answered");
      assert.deepEqual(
        reasons.filter((reason) => reason === "ping timeout" || reason === "parse error"),
        [],
      );
      assert.ok(sent >= 80);
      // The server's heartbeats are messages too. One per connection may coincide with our close: it is received here
      // but not answered, or its answer is not received there.
      const { replies } = report.conversation!;
      const unheard = report.messages!.received - sent - heartbeats;
      assert.ok(replies >= heartbeats && replies <= heartbeats + unheard, `${replies} replies, ${heartbeats} heard`);
      assert.ok(unheard <= joined, `${unheard} heartbeats unheard`);
    } finally {
      for (const timer of timers) clearInterval(timer);
      await io.close();
    }
  });

  it("socket.io: an event published by a client is counted at every other client", async () => {
    const http = createServer();
    const io = new SocketIoServer(http, { pingInterval: 500, pingTimeout: 300, transports: ["websocket"] });
    let said = 0;
    io.on("connection", (socket) => {
      socket.on("chat", (message: { id: string }) => {
        said++;
        socket.broadcast.emit("chat", message);
      });
    });
    const target = await listening(http);
    try {
      const { report } = await trialRun({
        ...fields,
        connections: 5,
        target,
        dialect: "socket.io",
        event: "chat",
        publish: { every: "500ms" },
      });
      const { sent, due, received, lost, misdelivered } =
        report.conversation?.published?.[0] ?? assert.fail("nothing was published");
      assert.deepEqual(
        { sent, due, received, lost, misdelivered },
        { sent: said, due: said * 4, received: said * 4, lost: 0, misdelivered: 0 },
      );
      assert.equal(said, 30);
    } finally {
      await io.close();
    }
  });

  it("socket.io: an unknown namespace opens nothing", async () => {
    const http = createServer();
    const io = new SocketIoServer(http, { transports: ["websocket"] });
    const target = await listening(http);
    const conversation = {
      opening: [{ expect: { starts: "0{" } }, { send: "40/none,", expect: { starts: "40/none,{" }, within: "300ms" }],
    };
    try {
      const { report } = await trialRun({
        ...fields,
        hold: "1s",
        connections: 3,
        target,
        dialect: "socket.io",
        conversation,
      });
      assert.deepEqual([report.connections.opened, report.connections.byCause["opening-failed"]], [0, 3]);
    } finally {
      await io.close();
    }
  });

  it("graphql-ws: a subscription on every connection, with messages counted as the server sent them", async () => {
    let sent = 0;
    const subscribe = async function* (): AsyncGenerator<{ tick: string }> {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        sent++;
        yield { tick: String(sent) };
      }
    };
    const text = { type: GraphQLString };
    const schema = new GraphQLSchema({
      query: new GraphQLObjectType({ name: "Query", fields: { hello: text } }),
      subscription: new GraphQLObjectType({ name: "Subscription", fields: { tick: { ...text, subscribe } } }),
    });
    const http = createServer();
    const sockets = new WebSocketServer({ server: http, path: "/graphql" });
    let passed = 0;
    let subscribed = 0;
    const disposal = useServer(
      { schema, connectionInitWaitTimeout: 1000, onSubscribe: () => void subscribed++, onNext: () => void passed++ },
      sockets,
      500,
    );
    const target = await listening(http);
    try {
      const { report } = await trialRun({ ...fields, target, dialect: "graphql-ws", channel: "tick" });
      assert.deepEqual([report.connections.opened, report.connections.refused, subscribed], [20, 0, 20]);
      assert.ok(passed >= 80);
      // One per connection may coincide with our close.
      const missed = passed - (report.messages?.received ?? 0);
      assert.ok(missed >= 0 && missed <= subscribed, `${missed} of ${passed} missed`);
    } finally {
      for (const socket of sockets.clients) socket.terminate();
      await disposal.dispose();
      http.close();
    }
  });
});
