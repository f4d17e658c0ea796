/** Short flags for the commonest things that clients say; everything else of a conversation is for a scenario file. */
import type { Command } from "commander";
import { append } from "./run-flags.ts";

/** What the flags give. */
export interface ConversationFlags {
  reply?: string[];
  beat?: string[];
  sendEvery?: string[];
}

export function addConversationFlags(command: Command): Command {
  return command
    .option(
      "--reply <'WHEN=>SEND'>",
      'answer a message: "2=>3"; WHEN in curly brackets is JSON that must hold; may be repeated',
      append,
    )
    .option(
      "--beat <'EVERY:SEND[=>ANSWER]'>",
      'a heartbeat of every connection: "25s:2" or "25s:ping=>pong"; may be repeated',
      append,
    )
    .option(
      "--send-every <'EVERY:SEND[=>ANSWER]'>",
      "a request that every connection sends during the hold, its answer timed; may be repeated",
      append,
    )
    .addHelpText(
      "after",
      "\nBuilt-in protocols: --dialect socket.io --event chat --publish-every 5s, --dialect graphql-ws --channel 'subscription { tick }'.",
    );
}

const matcherOf = (text: string): object => {
  if (!text.startsWith("{")) return { text };
  try {
    return { json: JSON.parse(text) as object };
  } catch {
    return { text };
  }
};

/** "25s:ping=>pong" as the fields of a beat or a request; what is missing is reported by the scenario's check. */
function timed(text: string): { every: string; send: string; answer?: object } {
  const colon = text.indexOf(":");
  const [every, rest] = colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)];
  const arrow = rest.indexOf("=>");
  return arrow < 0
    ? { every, send: rest }
    : { every, send: rest.slice(0, arrow), answer: matcherOf(rest.slice(arrow + 2)) };
}

/** The conversation the flags say; undefined for none. */
export function conversationFromFlags({
  reply = [],
  beat = [],
  sendEvery = [],
}: ConversationFlags): Record<string, unknown> | undefined {
  if (reply.length + beat.length + sendEvery.length === 0) return undefined;
  const replies = reply.map((text) => {
    const arrow = text.indexOf("=>");
    return arrow < 0
      ? { when: matcherOf(text), send: "" }
      : { when: matcherOf(text.slice(0, arrow)), send: text.slice(arrow + 2) };
  });
  return {
    ...(replies.length === 0 ? {} : { replies }),
    ...(beat.length === 0 ? {} : { beats: beat.map(timed) }),
    ...(sendEvery.length === 0
      ? {}
      : {
          requests: sendEvery.map((text, place) => ({
            name: place === 0 ? "send" : `send ${place + 1}`,
            ...timed(text),
          })),
        }),
  };
}
