/** A message to send: a template, or the bytes of a binary message written with the prefix `hex:` or `base64:`. */
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

  /** The bytes for the current connection and message; valid until the next template is filled. */
  fill(): Uint8Array {
    return this.#bytes ?? this.#template!.fill();
  }
}
