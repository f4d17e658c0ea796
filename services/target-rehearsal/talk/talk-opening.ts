import { ClientFrames, type FrameReader } from "../client-frames.ts";
import { monotonicNs } from "../clock.ts";
import { usualLateMs } from "../faults/kinds.ts";
import type { Rule } from "../faults/rules.ts";
import { closeFrame, controlFrame, type PushConnection, textFrame } from "../push/connection.ts";
import type { Session } from "../session.ts";
import { named, type Stage } from "../stage.ts";
import { Totals } from "../totals.ts";
import type { Owner, Wire } from "../wire.ts";
import { readSaid, type Said, type Talk } from "./talk.ts";

const badToken = 4003;

/** Registers the connection once its opening is over. */
export type Register = () => { connection: PushConnection; session: Session };

/**
 * A client of a script with `talk` until it has authenticated: `{"t":"auth","token":"...","room":"..."}`, answered with
 * `{"t":"welcome","session":"..."}`. Only then is it registered and gets pushes. Reads all of the connection's frames,
 * before and after.
 */
export class TalkOpening implements Owner, FrameReader {
  readonly #stage: Stage;
  readonly #wire: Wire;
  readonly #talk: Talk;
  readonly #rules: readonly Rule<"talk.opening">[];
  readonly #attempt: number;
  readonly #register: Register;
  readonly #frames = new ClientFrames();
  #open: { connection: PushConnection; session: Session } | null = null;
  #token: string | null = null;
  #isRefused = false;

  constructor(stage: Stage, wire: Wire, talk: Talk, attempt: number, register: Register) {
    this.#stage = stage;
    this.#wire = wire;
    this.#talk = talk;
    this.#attempt = attempt;
    this.#register = register;
    this.#rules = stage.rules.of("talk.opening");
  }

  data(chunk: Buffer): void {
    if (this.#open?.connection.state !== "silent") this.#frames.read(chunk, this);
  }

  ended(): void {
    if (this.#open !== null) return this.#open.session.ended();
    this.#refuse();
    this.#wire.socket.end();
  }

  failed(): void {
    if (this.#open !== null) return this.#open.session.failed();
    this.#refuse();
  }

  message(payload: Buffer): void {
    if (this.#open !== null) return this.#talk.hear(this.#open.connection, payload);
    const said = readSaid(payload);
    if (said?.t === "auth" && this.#token === null && !this.#isRefused) this.#authenticate(said);
    else this.#talk.count("others");
  }

  #authenticate({ token, room }: Said): void {
    const index = this.#talk.count("auths");
    const why = this.#talk.claim(token);
    if (why !== null) return this.#close(badToken, why);
    this.#token = String(token);
    const rule = this.#talk.ruleFor(this.#rules, index);
    const welcome = (): void => this.#welcome(index, String(room ?? ""));
    if (rule === undefined) return welcome();
    const { how, ms = usualLateMs, code = 4001, reason = "" } = rule.fault;
    this.#stage.account.note("talk-fault", { peer: this.#wire.peer, auth: index, ...named(rule), how });
    if (how === "refuse") return this.#close(code, reason, rule);
    if (how === "late")
      return this.#stage.agenda.at(monotonicNs() + ms * 1e6, () => void (this.#isRefused || welcome()));
    if (how === "wrong") this.#wire.socket.write(textFrame('{"t":"error"}'));
    this.#refuse(rule);
  }

  #welcome(index: number, room: string): void {
    this.#wire.socket.write(textFrame(JSON.stringify({ t: "welcome", session: `s-${index}` })));
    this.#open = this.#register();
    this.#talk.join(this.#open.connection, this.#token ?? "", room);
  }

  #close(code: number, reason: string, rule?: Rule): void {
    this.#refuse(rule, code);
    this.#wire.socket.write(closeFrame(code, reason));
  }

  /** Records in the account, once, that it was not opened. */
  #refuse(rule?: Rule, code?: number): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    if (this.#token !== null) this.#talk.release(this.#token);
    Totals.count(this.#stage.totals.refused, "opening-failed");
    const fields = { ...(code === undefined ? {} : { status: code }), ...(rule ? named(rule) : {}) };
    this.#stage.account.note("refused", {
      attempt: this.#attempt,
      peer: this.#wire.peer,
      cause: "opening-failed",
      ...fields,
    });
  }

  ping(payload: Buffer): void {
    if (this.#open !== null) this.#open.session.ping(payload);
    else this.#wire.socket.write(controlFrame(10, payload));
  }

  pong(): void {
    this.#open?.session.pong();
  }

  close(code: number | null): void {
    if (this.#open !== null) return this.#open.session.close(code);
    this.#refuse();
    this.#wire.socket.end(code === null ? controlFrame(8, Buffer.alloc(0)) : closeFrame(code, ""));
  }

  violation(sentence: string): void {
    if (this.#open !== null) return this.#open.session.violation(sentence);
    this.#close(1002, sentence.slice(0, 120));
  }
}
