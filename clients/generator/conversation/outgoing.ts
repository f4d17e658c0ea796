/** A message to send: a template, or with `hex:` or `base64:` before it the bytes of a binary message. */
import type { ConnectionValues } from "../../plan/values/connection-values.ts";
import type { Template } from "../../plan/values/template.ts";

export class Outgoing {
  readonly isBinary: boolean;
  readonly #bytes: Buffer | null;
  readonly #template: Template | null;

  constructor(text: string, values: ConnectionValues) {
    const encoding = text.startsWith("hex:") ? "hex" : text.startsWith("base64:") ? "base64" : null;
    this.isBinary = encoding !== null;
    this.#bytes = encoding === null ? null : Buffer.from(text.slice(encoding.length + 1).replace(/\s/g, ""), encoding);
    this.#template = encoding === null ? values.template(text) : null;
  }

  /** Its bytes for the present connection and message; good until the next template is filled. */
  fill(): Uint8Array {
    return this.#bytes ?? this.#template!.fill();
  }
}
