/** The upgrade to WebSocket: the request, and the checks on its response (RFC 6455, section 4.1). */
import { createHash, randomBytes } from "node:crypto";
import type { UpgradeFault } from "../../measure/upgrade-fault.ts";
import type { Endpoint, Greetings } from "../engine.ts";
import type { HeaderFields } from "../header-fields.ts";
import { encodeRequest, hasToken, hostHeader } from "./http-head.ts";
import { deflateOffer, parseAgreement } from "./message-deflate.ts";

const acceptGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export interface UpgradeOptions {
  endpoints: Endpoint[];
  headers: HeaderFields;
  subprotocols: readonly string[];
}

export class WebSocketUpgrade {
  readonly #options: UpgradeOptions;
  readonly #greetings: Greetings | null;
  readonly #offersCompression: boolean;
  readonly #accept: string;
  readonly #fields: Record<string, string>;
  readonly #requests: Buffer[];

  constructor(options: UpgradeOptions, greetings: Greetings | null, offersCompression: boolean) {
    this.#options = options;
    this.#greetings = greetings;
    this.#offersCompression = offersCompression;
    // One key for all connections of a process: it protects against caches, not attackers (section 10.3), and saves a
    // hash per connection.
    const key = randomBytes(16).toString("base64");
    this.#accept = createHash("sha1").update(`${key}${acceptGuid}`).digest("base64");
    this.#fields = {
      upgrade: "websocket",
      connection: "Upgrade",
      "sec-websocket-version": "13",
      "sec-websocket-key": key,
      ...(offersCompression ? { "sec-websocket-extensions": deflateOffer } : {}),
    };
    this.#requests = options.endpoints.map((endpoint) =>
      this.#request(endpoint, endpoint.path, options.subprotocols, options.headers),
    );
  }

  /** Whether connections offer different subprotocols, so that one accepted response does not validate another. */
  get differs(): boolean {
    return this.#greetings?.subprotocols != null;
  }

  request(slot: number): Uint8Array {
    const place = slot % this.#requests.length;
    if (this.#greetings === null) return this.#requests[place]!;
    const endpoint = this.#options.endpoints[place]!;
    return this.#request(
      endpoint,
      this.#greetings.path(slot, endpoint.path),
      this.#subprotocolsOf(slot),
      this.#greetings.headers(slot),
    );
  }

  #request(endpoint: Endpoint, path: string, subprotocols: readonly string[], headers: HeaderFields): Buffer {
    const offered = subprotocols.length > 0 ? { "sec-websocket-protocol": subprotocols.join(", ") } : {};
    return encodeRequest(path, hostHeader(endpoint), { ...this.#fields, ...offered }, headers);
  }

  #subprotocolsOf(slot: number): readonly string[] {
    return this.#greetings?.subprotocols?.(slot) ?? this.#options.subprotocols;
  }

  /** What is wrong with the header fields of a 101 response, or null. */
  fault(slot: number, headers: Map<string, string>): UpgradeFault | null {
    if (headers.get("upgrade")?.toLowerCase() !== "websocket" || !hasToken(headers.get("connection"), "upgrade"))
      return "bad-upgrade";
    if (headers.get("sec-websocket-accept") !== this.#accept) return "bad-accept";
    const extensions = headers.get("sec-websocket-extensions");
    if (extensions !== undefined && (!this.#offersCompression || parseAgreement(extensions) === null))
      return "unasked-extension";
    const subprotocols = this.#subprotocolsOf(slot);
    const chosen = headers.get("sec-websocket-protocol");
    // As in browsers: a client that offers subprotocols must be given one of them.
    const isRight = subprotocols.length === 0 ? chosen === undefined : subprotocols.includes(chosen ?? "");
    return isRight ? null : "bad-subprotocol";
  }
}
