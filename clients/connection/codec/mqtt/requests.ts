/** Encodes the client packets that vary: CONNECT, SUBSCRIBE, UNSUBSCRIBE, PUBLISH. Texts are filled in for the slot. */
import type { Greetings } from "../../engine.ts";
import { literalTexts, type MqttOptions, type MqttPublishing } from "./options.ts";
import { lengthPrefixed, packet, packetType, variableInteger } from "./packet.ts";
import { property } from "./properties.ts";

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const none = Buffer.alloc(0);

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}

/** Properties with their length prefix; nothing below MQTT 5. */
function properties(version: 4 | 5, entries: readonly (readonly [id: number, value: Uint8Array] | null)[]): Buffer {
  if (version === 4) return none;
  const body = Buffer.concat(entries.flatMap((entry) => (entry === null ? [] : [Buffer.from([entry[0]]), entry[1]])));
  return Buffer.concat([Buffer.from(variableInteger(body.length)), body]);
}

type Texts = (slot: number) => string;

export class RequestPackets {
  readonly #options: MqttOptions;
  readonly #clientId: Texts;
  readonly #user: Texts | null;
  readonly #password: Texts | null;
  readonly #topics: (slot: number) => string[];
  readonly #willTopic: Texts | null;
  readonly #willPayload: Texts | null;
  readonly #publishTopic: Texts | null;
  readonly #protocol: Buffer;

  constructor(options: MqttOptions, greetings: Pick<Greetings, "compile" | "topics"> | null) {
    const compile = greetings?.compile ?? literalTexts;
    const maybe = (template: string | null | undefined): Texts | null =>
      template === null || template === undefined ? null : compile(template);
    this.#options = options;
    this.#clientId = compile(options.clientId);
    this.#user = maybe(options.user);
    this.#password = maybe(options.password);
    const shared = options.topics.map(compile);
    this.#topics = greetings?.topics ?? ((slot) => shared.map((topic) => topic(slot)));
    this.#willTopic = maybe(options.will?.topic);
    this.#willPayload = maybe(options.will?.payload);
    this.#publishTopic = maybe(options.publishing?.topic);
    this.#protocol = Buffer.concat([lengthPrefixed("MQTT"), Buffer.from([options.version])]);
  }

  connect(slot: number): Buffer {
    const { version, cleanStart, keepAliveSeconds, will } = this.#options;
    const flags =
      (this.#user === null ? 0 : 0x80) |
      (this.#password === null ? 0 : 0x40) |
      (will === null ? 0 : 0x04 | (will.qos << 3) | (will.retain ? 0x20 : 0)) |
      (cleanStart ? 0x02 : 0);
    const { sessionExpirySeconds, receiveMaximum, maximumPacketBytes, topicAliases } = this.#options;
    return packet(
      packetType.connect << 4,
      this.#protocol,
      Buffer.from([flags]),
      u16(keepAliveSeconds),
      properties(version, [
        sessionExpirySeconds > 0 ? [property.sessionExpiry, u32(sessionExpirySeconds)] : null,
        receiveMaximum < 65535 ? [property.receiveMaximum, u16(receiveMaximum)] : null,
        maximumPacketBytes === null ? null : [property.maximumPacketSize, u32(maximumPacketBytes)],
        topicAliases > 0 ? [property.topicAliasMaximum, u16(topicAliases)] : null,
      ]),
      lengthPrefixed(this.#clientId(slot)),
      this.#will(slot),
      this.#user === null ? none : lengthPrefixed(this.#user(slot)),
      this.#password === null ? none : lengthPrefixed(this.#password(slot)),
    );
  }

  #will(slot: number): Buffer {
    const { version, will } = this.#options;
    if (will === null || this.#willTopic === null || this.#willPayload === null) return none;
    const delay = will.delaySeconds > 0 ? ([property.willDelay, u32(will.delaySeconds)] as const) : null;
    return Buffer.concat([
      properties(version, [delay]),
      lengthPrefixed(this.#willTopic(slot)),
      lengthPrefixed(this.#willPayload(slot)),
    ]);
  }

  /** Number of filters a slot subscribes to. */
  topicCount(slot: number): number {
    return this.#topics(slot).length;
  }

  /** One packet with all topics. */
  subscribe(slot: number, packetId: number): Buffer {
    const { version, qos } = this.#options;
    const filters = this.#topics(slot).flatMap((topic) => [lengthPrefixed(topic), Buffer.from([qos])]);
    return packet((packetType.subscribe << 4) | 2, u16(packetId), properties(version, []), ...filters);
  }

  unsubscribe(slot: number, packetId: number): Buffer {
    const filters = this.#topics(slot).map((topic) => lengthPrefixed(topic));
    return packet((packetType.unsubscribe << 4) | 2, u16(packetId), properties(this.#options.version, []), ...filters);
  }

  /** The topic for a slot's messages when the sender gives none. */
  publishTopic(slot: number): string {
    return this.#publishTopic?.(slot) ?? "";
  }

  /** `alias` 0: none. The topic may be empty once its alias is defined. */
  publish(
    topic: string,
    alias: number,
    packetId: number,
    payload: Uint8Array,
    { qos, retain }: Pick<MqttPublishing, "qos" | "retain">,
  ): Buffer {
    return packet(
      (packetType.publish << 4) | (qos << 1) | (retain ? 1 : 0),
      lengthPrefixed(topic),
      qos === 0 ? none : u16(packetId),
      properties(this.#options.version, [alias > 0 ? [property.topicAlias, u16(alias)] : null]),
      payload,
    );
  }
}
