/**
 * Requests with templates, filled in for each user and each request. The body is filled first, because its length
 * precedes it.
 */
import { hostHeader } from "../../connection/codec/http-head.ts";
import { saysLength } from "../../connection/codec/http-request.ts";
import type { Endpoint } from "../../connection/engine.ts";
import { mergedFields } from "../../connection/header-fields.ts";
import type { ConnectionValues } from "../../plan/values/connection-values.ts";
import type { Template } from "../../plan/values/template.ts";
import type { RequestPlan } from "./request-plan.ts";
import type { RequestSender, RequestWriter } from "./request-writer.ts";

/** Null: the position of the body's length. */
type Piece = Template | null;

/** The users that requests are filled in for: those of this shard, out of `ofRun` in the whole run. */
export interface RequestUsers {
  values: ConnectionValues;
  slots: number;
  ofRun: number;
  now: () => number;
}

export class FilledRequests implements RequestWriter {
  readonly #method: Template;
  readonly #paths: readonly Template[];
  /** What follows the path, by endpoint. */
  readonly #heads: readonly Piece[][];
  readonly #body: Template | null;
  readonly #values: ConnectionValues;
  readonly #usersOfRun: number;
  readonly #now: () => number;
  /** Number of requests each slot has sent. */
  readonly #sent: Uint32Array;
  #sender!: RequestSender;

  constructor(
    { method, headers, body }: RequestPlan,
    paths: readonly string[],
    endpoints: readonly Endpoint[],
    { values, slots, ofRun, now }: RequestUsers,
  ) {
    const line = (name: string, value: string): Piece[] => [
      values.template(`${name}: `),
      name === "content-length" ? null : values.template(value),
      values.template("\r\n"),
    ];
    const length: Record<string, string> = saysLength(method, body) ? { "content-length": "" } : {};
    this.#method = values.template(`${method} `);
    this.#paths = paths.map((path) => values.template(path, "url"));
    this.#heads = endpoints.map((endpoint) => [
      values.template(" HTTP/1.1\r\n"),
      ...[...mergedFields({ host: hostHeader(endpoint), ...length }, headers)].flatMap(([name, texts]) =>
        texts.flatMap((text) => line(name, text)),
      ),
      values.template("\r\n"),
    ]);
    this.#body = body === null ? null : values.template(body);
    this.#values = values;
    this.#usersOfRun = ofRun;
    this.#now = now;
    this.#sent = new Uint32Array(slots);
  }

  serve(sender: RequestSender): void {
    this.#sender = sender;
  }

  write(slot: number, request: number): void {
    this.#send(slot, request, this.#sent[slot]!++);
  }

  rewrite(slot: number, request: number, behind: number): void {
    this.#send(slot, request, this.#sent[slot]! - 1 - behind);
  }

  #send(slot: number, request: number, sequence: number): void {
    const values = this.#values.at(slot);
    values.sequence = sequence;
    values.message = sequence * this.#usersOfRun + values.index;
    values.sentNs = this.#now();
    const { buffer } = values;
    buffer.length = 0;
    this.#body?.append();
    const length = buffer.length;
    this.#method.append();
    this.#paths[request % this.#paths.length]!.append();
    for (const piece of this.#heads[Math.floor(request / this.#paths.length)]!) {
      if (piece === null) buffer.putText(String(length));
      else piece.append();
    }
    buffer.putBytes(buffer.bytes, 0, length);
    this.#sender.send(slot, buffer.bytes.subarray(length, buffer.length));
  }
}
