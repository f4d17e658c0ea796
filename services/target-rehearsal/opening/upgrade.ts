import { STATUS_CODES } from "node:http";
import { monotonicNs } from "../clock.ts";
import type { Kind } from "../faults/kinds.ts";
import type { Rule } from "../faults/rules.ts";
import type { Opening, PushConnection } from "../push/connection.ts";
import type { Roster } from "../push/roster.ts";
import { type AnswerRules, Session } from "../session.ts";
import { named, type Stage } from "../stage.ts";
import { Talk } from "../talk/talk.ts";
import { TalkOpening } from "../talk/talk-opening.ts";
import { Totals } from "../totals.ts";
import type { Wire } from "../wire.ts";
import { acceptFor, openingBytes } from "./opening-bytes.ts";

/** A client requests pushes. `leftover` is what it sent after the request. */
export interface UpgradeRequest extends Omit<Opening, "attempt"> {
  readonly webSocketKey: string;
  readonly leftover: Buffer;
  /** MQTT: the SUBACKs that grant and refuse the subscription. */
  readonly opening?: Buffer;
  readonly refusal?: { readonly bytes: Buffer; readonly code: number };
}

type RefusalCause = "upgrade-rejected" | "upgrade-timeout" | "upgrade-invalid";

const upgradeKinds = [
  "upgrade.reject",
  "upgrade.stall",
  "upgrade.slow",
  "upgrade.bad-accept",
  "upgrade.glued",
  "upgrade.not-http",
  "upgrade.close-during",
  "limit.refuse",
] as const satisfies readonly Kind[];
type UpgradeRule = { readonly [K in (typeof upgradeKinds)[number]]: Rule<K> }[(typeof upgradeKinds)[number]];

/** An HTTP response with a minimal body. */
function bareAnswer(status: number, headers: readonly string[], body: string): Buffer {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Unknown"}`,
    ...headers,
    "content-type: application/json",
    `content-length: ${body.length}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`, "latin1");
}

/** Answers clients that request pushes, or performs a fault's behaviour instead. */
export class Upgrader {
  readonly #stage: Stage;
  readonly #roster: Roster;
  readonly #rules: readonly UpgradeRule[];
  readonly #answerRules: AnswerRules;
  readonly #talk: Talk | null;
  #connects = 0;

  constructor(stage: Stage, roster: Roster) {
    this.#stage = stage;
    this.#roster = roster;
    this.#rules = stage.rules.of(...upgradeKinds) as unknown as UpgradeRule[];
    this.#answerRules = {
      ignore: stage.rules.of("ping.ignore"),
      delay: stage.rules.of("ping.pong-delay"),
      dropAck: stage.rules.of("mqtt.ack-drop"),
      delayAck: stage.rules.of("mqtt.ack-delay"),
    };
    this.#talk = stage.script.talk === undefined ? null : new Talk(stage, roster, stage.script.talk);
  }

  /**
   * The code with which a CONNECT is refused, null when it is accepted; `isNew`: a client of MQTT 5. Counts as an
   * attempt.
   */
  refuseConnect(wire: Wire, isNew: boolean): number | null {
    const candidate = { index: this.#connects++, rank: this.#stage.totals.open + 1 };
    const nowNs = monotonicNs();
    const rule = this.#stage.rules
      .of("mqtt.refuse")
      .find((each) => each.waveAt(nowNs) >= 0 && each.strikes(candidate, each.waveAt(nowNs)));
    if (rule === undefined) return null;
    // 3.1.1 has its own codes: not authorized.
    const code = isNew ? rule.fault.code : 5;
    Totals.count(this.#stage.totals.refused, "upgrade-rejected");
    this.#stage.account.note("refused", {
      attempt: this.#stage.totals.attempts++,
      peer: wire.peer,
      cause: "upgrade-rejected",
      status: code,
      ...named(rule),
    });
    wire.abandon();
    return code;
  }

  answer(request: UpgradeRequest): void {
    const attempt = this.#stage.totals.attempts++;
    const candidate = { index: attempt, rank: this.#stage.totals.open + 1 };
    const nowNs = monotonicNs();
    const rule = this.#rules.find((each) => {
      const wave = each.waveAt(nowNs);
      return wave >= 0 && this.#applies(each, request) && each.strikes(candidate, wave);
    });
    if (rule) return this.#misbehave(request, attempt, rule);
    request.wire.socket.write(this.#opening(request));
    if (this.#talk === null || request.protocol !== "websocket") this.#open(request, attempt);
    else this.#listen(request, attempt, this.#talk);
  }

  #applies(rule: UpgradeRule, request: UpgradeRequest): boolean {
    if (rule.fault.kind === "upgrade.bad-accept") return request.protocol === "websocket";
    return rule.fault.kind !== "limit.refuse" || rule.fault.how !== "stop-listening";
  }

  #opening(request: UpgradeRequest): Buffer {
    return request.opening ?? openingBytes(request.protocol, acceptFor(request.webSocketKey));
  }

  #open(request: UpgradeRequest, attempt: number, glued: Buffer | null = null): void {
    const { session } = this.#register(request, attempt, glued);
    request.wire.owner = session;
    if (request.leftover.length > 0) session.data(request.leftover);
  }

  /** Leaves the registration to a conversation's opening. */
  #listen(request: UpgradeRequest, attempt: number, talk: Talk): void {
    const opening = new TalkOpening(this.#stage, request.wire, talk, attempt, () =>
      this.#register(request, attempt, null),
    );
    request.wire.owner = opening;
    if (request.leftover.length > 0) opening.data(request.leftover);
  }

  #register(
    request: UpgradeRequest,
    attempt: number,
    glued: Buffer | null,
  ): { connection: PushConnection; session: Session } {
    const connection = this.#roster.open({ ...request, attempt }, glued ? "glued" : "at once");
    connection.glued = glued;
    return { connection, session: new Session(this.#stage, this.#roster, connection, this.#answerRules) };
  }

  #refuse(request: UpgradeRequest, attempt: number, rule: Rule, cause: RefusalCause, status?: number): void {
    Totals.count(this.#stage.totals.refused, cause);
    this.#stage.account.note("refused", {
      attempt,
      peer: request.wire.peer,
      cause,
      ...(status === undefined ? {} : { status }),
      ...named(rule),
    });
    request.wire.abandon();
  }

  #misbehave(request: UpgradeRequest, attempt: number, rule: UpgradeRule): void {
    const { fault } = rule;
    const { socket } = request.wire;
    switch (fault.kind) {
      case "upgrade.reject":
        return this.#reject(request, attempt, rule, fault.status, [
          ...(fault.retryAfterSeconds === undefined ? [] : [`retry-after: ${fault.retryAfterSeconds}`]),
          ...(fault.location === undefined ? [] : [`location: ${fault.location}`]),
        ]);
      case "limit.refuse":
        if (fault.how === "status") return this.#reject(request, attempt, rule, 503, []);
        this.#refuse(request, attempt, rule, "upgrade-invalid");
        socket.resetAndDestroy();
        return;
      case "upgrade.stall":
        return this.#refuse(request, attempt, rule, "upgrade-timeout");
      case "upgrade.slow":
        this.#stage.account.note("upgrade-slowed", { attempt, peer: request.wire.peer, ...named(rule) });
        return this.#dribble(request, attempt, this.#opening(request), fault.msPerByte);
      case "upgrade.glued":
        return this.#open(request, attempt, this.#opening(request));
      case "upgrade.bad-accept":
        this.#refuse(request, attempt, rule, "upgrade-invalid");
        socket.write(openingBytes("websocket", acceptFor(`not ${request.webSocketKey}`)));
        return;
      case "upgrade.not-http":
        this.#refuse(request, attempt, rule, "upgrade-invalid");
        socket.end(Buffer.from([0xff, 0xfe, 0x00, 0x16, 0x03, 0x01, 0x0d, 0x0a, 0x0d, 0x0a]));
        return;
      case "upgrade.close-during":
        this.#refuse(request, attempt, rule, "upgrade-invalid");
        socket.write(
          this.#opening(request).subarray(0, request.protocol === "websocket" || request.protocol === "sse" ? 20 : 2),
        );
        if (fault.ending === "rst") this.#stage.agenda.at(monotonicNs() + 5e6, () => void socket.resetAndDestroy());
        else socket.end();
        return;
      default:
        fault satisfies never;
    }
  }

  #reject(request: UpgradeRequest, attempt: number, rule: Rule, status: number, headers: readonly string[]): void {
    const { refusal } = request;
    if (refusal !== undefined) {
      this.#refuse(request, attempt, rule, "upgrade-rejected", refusal.code);
      request.wire.socket.end(refusal.bytes);
      return;
    }
    // Raw TCP has no status, so the socket is closed.
    const hasStatus = request.protocol !== "tcp";
    this.#refuse(
      request,
      attempt,
      rule,
      hasStatus ? "upgrade-rejected" : "upgrade-invalid",
      hasStatus ? status : undefined,
    );
    if (hasStatus)
      request.wire.socket.write(
        bareAnswer(status, [...headers, "connection: close"], '{"error":"rejected by the fault script"}'),
      );
    request.wire.socket.end();
  }

  #dribble(request: UpgradeRequest, attempt: number, bytes: Buffer, msPerByte: number, at = 0): void {
    const { socket } = request.wire;
    if (socket.destroyed || !socket.writable) return;
    socket.write(bytes.subarray(at, at + 1));
    if (at + 1 === bytes.length) return this.#open(request, attempt);
    this.#stage.agenda.at(monotonicNs() + msPerByte * 1e6, () =>
      this.#dribble(request, attempt, bytes, msPerByte, at + 1),
    );
  }
}
