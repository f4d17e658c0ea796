/** What the connections of a group send, compiled once for all of them. */
import type { ConnectionValues } from "../../plan/values/connection-values.ts";
import type { Conversation } from "../../scenario/fields/conversation-schema.ts";
import { MessageMatcher } from "./message-matcher.ts";
import { OpeningSteps } from "./opening.ts";
import { Outgoing } from "./outgoing.ts";
import { Taking } from "./taking.ts";

export interface Spoken {
  opening: OpeningSteps | null;
  replies: { when: MessageMatcher; send: Outgoing | null; taking: Taking }[];
  farewell: Outgoing | null;
  /** Between several messages in one; null: there is only one. */
  separator: Buffer | null;
}

export const compile = (
  { opening, replies = [], farewell, separator }: Conversation,
  values: ConnectionValues,
): Spoken => ({
  opening: opening === undefined || opening.length === 0 ? null : new OpeningSteps(opening, values),
  replies: replies.map(({ when, send, take }) => ({
    when: new MessageMatcher(when, values),
    send: send === undefined ? null : new Outgoing(send, values),
    taking: new Taking(take ?? {}, values),
  })),
  farewell: farewell === undefined ? null : new Outgoing(farewell, values),
  separator: separator === undefined ? null : Buffer.from(separator),
});
