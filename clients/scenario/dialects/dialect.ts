/** A protocol that many services speak, said as a conversation: what a user of it need not write. */
import type { Conversation } from "../fields/conversation-schema.ts";

/** The defaults of a scenario's fields; what is left out has none. `within` and the like take the schema's defaults. */
export interface Spoken {
  opening?: Partial<NonNullable<Conversation["opening"]>[number]>[];
  replies?: NonNullable<Conversation["replies"]>;
  beats?: Partial<NonNullable<Conversation["beats"]>[number]>[];
  farewell?: string;
  separator?: string;
}

/** What is listened to and published; both templates. Undefined: not said. */
export interface Topic {
  channel: string | undefined;
  event: string | undefined;
}

export interface Dialect {
  /** Path of a target's URL that has none. */
  path?: string;
  /** Parts of the query that the URL must have. */
  query?: Record<string, string>;
  subprotocols?: string[];
  /** What it is spoken over; WebSocket when left out. */
  protocol?: "tcp";
  framing?: "nats";
  /** Whether nothing can be heard without a channel. */
  needsChannel?: boolean;
  conversation: (topic: Topic) => Spoken;
  /**
   * How a message is published and found at its receivers, where clients may; fills in what the scenario's publish
   * leaves out.
   */
  publish?: (topic: Topic) => {
    send: string;
    arrives: { json?: Record<string, unknown>; text?: string };
    sender?: boolean;
  };
}
