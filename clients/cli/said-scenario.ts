/** The scenario that a command's flags say: its fields, and the conversation that short flags stand for. */
import { type ScenarioKind, scenarioKinds } from "../scenario/schema.ts";
import { type ConversationFlags, conversationFromFlags } from "./conversation-flags.ts";
import { scenarioFromFlags } from "./scenario-flags.ts";

export const hasConversation = (kind: ScenarioKind): boolean => "conversation" in scenarioKinds[kind].properties;

/** Only what was given. */
export function saidBy(kind: ScenarioKind, flags: Record<string, unknown>): Record<string, unknown> {
  const conversation = hasConversation(kind) ? conversationFromFlags(flags as ConversationFlags) : undefined;
  return { ...scenarioFromFlags(kind, flags), ...(conversation === undefined ? {} : { conversation }) };
}
