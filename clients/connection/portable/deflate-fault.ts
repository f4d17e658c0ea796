/** Maps errors of the ws library and Node's HTTP parser about protocol violations to our names. */
import type { UpgradeFault } from "../../measure/upgrade-fault.ts";
import type { ViolationRule } from "../codec/protocol.ts";

const rules: Record<string, ViolationRule> = {
  WS_ERR_EXPECTED_FIN: "fragmented-control",
  WS_ERR_INVALID_CLOSE_CODE: "close-code",
  WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH: "control-too-long",
  WS_ERR_INVALID_OPCODE: "bad-opcode",
  WS_ERR_INVALID_UTF8: "text-not-utf8",
  WS_ERR_UNEXPECTED_MASK: "masked-by-server",
  WS_ERR_UNEXPECTED_RSV_1: "reserved-bits",
  WS_ERR_UNEXPECTED_RSV_2_3: "reserved-bits",
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: "message-too-large",
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: "message-too-large",
};

/** The rule that an open connection's peer violated; errors without a code come from decompression. */
export function violatedRule({ code = "" }: NodeJS.ErrnoException): ViolationRule {
  return rules[code] ?? "bad-compression";
}

/** Beginnings of the messages with which the library rejects a response; they have no code. */
const refusals: [RegExp, UpgradeFault][] = [
  [/^Invalid Upgrade header/, "bad-upgrade"],
  [/^Invalid Sec-WebSocket-Accept/, "bad-accept"],
  [/subprotocol/i, "bad-subprotocol"],
  [/extension/i, "unasked-extension"],
];

/** What was wrong with the response to an upgrade; null when the error is the socket's. */
export function answerFault({ code = "", message }: NodeJS.ErrnoException): UpgradeFault | null {
  if (code === "HPE_HEADER_OVERFLOW") return "head-too-large";
  if (code === "HPE_INVALID_EOF_STATE") return "cut-short";
  if (code.startsWith("HPE_")) return "bad-head";
  return refusals.find(([pattern]) => pattern.test(message))?.[1] ?? null;
}
