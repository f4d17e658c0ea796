/** Requests without templates, encoded once into a single block of memory with the offset of each. */
import { hostHeader } from "../../connection/codec/http-head.ts";
import { encodeHttpRequest } from "../../connection/codec/http-request.ts";
import type { Endpoint } from "../../connection/engine.ts";
import type { RequestPlan } from "./request-plan.ts";
import type { RequestSender, RequestWriter } from "./request-writer.ts";

export class PreparedRequests implements RequestWriter {
  readonly #bytes: Buffer;
  readonly #begins: Uint32Array;
  #sender!: RequestSender;
  #pinned = 0;

  constructor({ method, headers, body }: RequestPlan, paths: readonly string[], endpoints: readonly Endpoint[]) {
    const encoded = endpoints.flatMap((endpoint) =>
      paths.map((path) => encodeHttpRequest({ method, path, host: hostHeader(endpoint), headers, body })),
    );
    this.#begins = new Uint32Array(encoded.length + 1);
    let at = 0;
    encoded.forEach((request, index) => {
      at += request.length;
      this.#begins[index + 1] = at;
    });
    this.#bytes = Buffer.concat(encoded, at);
  }

  serve(sender: RequestSender): void {
    this.#sender = sender;
    this.#pinned = sender.pin(this.#bytes);
  }

  write(slot: number, request: number): void {
    this.#sender.sendPinned(slot, this.#pinned, this.#begins[request]!, this.#begins[request + 1]!);
  }

  rewrite(slot: number, request: number): void {
    this.write(slot, request);
  }
}
