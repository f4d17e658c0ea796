/** Reason codes with which a client reports a broker's violation (MQTT 5, section 4.13). */
import type { ViolationRule } from "../protocol.ts";
import { reason } from "./packet.ts";

const reasons: Partial<Record<ViolationRule, number>> = {
  "message-too-large": reason.packetTooLarge,
  "topic-alias": reason.topicAliasInvalid,
  "receive-maximum": reason.receiveMaximumExceeded,
  "unexpected-packet": reason.protocolError,
  "packet-id": reason.protocolError,
};

/**
 * The reason code of the DISCONNECT sent after a violation; "malformed packet" for rules without a code of their own.
 */
export function reasonOf(rule: ViolationRule): number {
  return reasons[rule] ?? reason.malformedPacket;
}
