import { monotonicNs } from "../clock.ts";
import { HttpFaults } from "../faults/http-faults.ts";
import { metricsText } from "../metrics.ts";
import type { Upgrader } from "../opening/upgrade.ts";
import { queueLimitPushes } from "../push/push-writer.ts";
import { type PushQuery, readQuery } from "../push/query.ts";
import type { Stage } from "../stage.ts";
import type { Wire } from "../wire.ts";
import type { AnswerSlot, RequestHandler } from "./conversation.ts";
import { encodeAnswer, type HttpAnswer, wholeDelivery } from "./http-answer.ts";
import type { HttpRequest } from "./http-request.ts";
import { TokenStreams } from "./token-stream.ts";
import { userJson } from "./users.ts";

const json = (status: number, value: unknown): HttpAnswer => ({
  status,
  type: "application/json",
  body: JSON.stringify(value),
});

/** The server's responses by path. */
export class Routes implements RequestHandler {
  readonly #stage: Stage;
  readonly #upgrader: Upgrader;
  readonly #faults: HttpFaults;
  readonly #streams: TokenStreams;

  constructor(stage: Stage, upgrader: Upgrader) {
    this.#stage = stage;
    this.#upgrader = upgrader;
    this.#faults = new HttpFaults(stage);
    this.#streams = new TokenStreams(stage);
  }

  request(request: HttpRequest, slot: AnswerSlot): void {
    const { keepsAlive } = request;
    if (request.path === "/stream" && request.method === "POST") return this.#streams.answer(request, slot);
    if (request.method !== "GET")
      return slot.fill(
        this.#plain(json(405, { error: `method: expected GET, got "${request.method}"` }), keepsAlive),
        !keepsAlive,
      );
    if (request.path !== "/" && !request.path.startsWith("/user/"))
      return slot.fill(this.#plain(this.#told(request.path), keepsAlive), !keepsAlive);
    const { atNs, bytes, isLast, written } = this.#faults.outcome(this.#api(request.path), request, slot);
    if (atNs <= monotonicNs()) slot.fill(bytes, isLast, written);
    else this.#stage.agenda.at(atNs, () => slot.fill(bytes, isLast, written));
  }

  upgrade(request: HttpRequest, wire: Wire, leftover: Buffer): HttpAnswer | "taken" {
    let query: PushQuery;
    try {
      query = readQuery(request.query);
    } catch (error) {
      return json(400, { error: (error as Error).message });
    }
    if (request.path === "/events") this.#upgrader.answer({ wire, leftover, query, protocol: "sse", webSocketKey: "" });
    else {
      const key = request.headers.get("sec-websocket-key") ?? "";
      const isUpgrade =
        (request.headers.get("upgrade") ?? "").toLowerCase() === "websocket" &&
        Buffer.from(key, "base64").length === 16;
      if (!isUpgrade)
        return json(426, { error: "upgrade: expected websocket with a sec-websocket-key of 16 bytes, got none" });
      this.#upgrader.answer({ wire, leftover, query, protocol: "websocket", webSocketKey: key });
    }
    return "taken";
  }

  #plain(answer: HttpAnswer, keepsAlive: boolean): Buffer {
    return encodeAnswer(answer, { ...wholeDelivery, keepsAlive });
  }

  #api(path: string): HttpAnswer {
    if (path === "/") return json(200, { status: "ok" });
    const user = userJson(path.slice("/user/".length), this.#stage.script.seed, this.#stage.script.users);
    return user === null
      ? json(404, { error: "user not found" })
      : { status: 200, type: "application/json", body: user };
  }

  /** Endpoints unaffected by faults, so that the truth stays readable. */
  #told(path: string): HttpAnswer {
    switch (path) {
      case "/healthz":
        return json(200, this.#health());
      case "/clock": {
        const [foreign] = this.#stage.rules.of("push.foreign-clock");
        const aheadNs = foreign?.fault.told === false ? 0n : BigInt(this.#stage.foreignNs);
        const offsetNs = this.#stage.realtime.offsetNs();
        const monotonic = process.hrtime.bigint();
        return json(200, { monotonicNs: String(monotonic + aheadNs), realtimeNs: String(monotonic + offsetNs) });
      }
      case "/metrics":
        return { status: 200, type: "text/plain", body: metricsText(this.#stage.totals) };
      case "/account/summary":
        return json(200, this.#stage.totals);
      default:
        return json(404, { error: `path: expected one of docs/targets.md, got "${path}"` });
    }
  }

  #health(): unknown {
    const settings = {
      queueLimitPushes,
      seed: this.#stage.script.seed,
      faults: this.#stage.script.faults.map((fault) => fault.kind).join(", ") || "none",
      users: this.#stage.script.users,
      noDelay: true,
      compression: "off",
    };
    return {
      status: "ok",
      name: "rehearsal",
      runtime: `node ${process.version}`,
      framework: "none (node:net)",
      settings,
    };
  }
}
