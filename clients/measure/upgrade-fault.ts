/**
 * What was wrong with a response that did not open a connection: the codes of cause `upgrade-invalid`, one closed list
 * with its sentences.
 */
export const upgradeFaults = {
  "cut-short": "the socket ended within the answer",
  "bad-head": "the answer is not the head of an HTTP/1.1 answer",
  "head-too-large": "the answer's head is larger than 64 KiB, the most this generator takes",
  "bad-upgrade": "status 101 without the fields upgrade: websocket and connection: upgrade",
  "bad-accept": "status 101 whose sec-websocket-accept does not belong to the key that was sent",
  "bad-subprotocol": "status 101 without a subprotocol that was offered, or with one that was not",
  "unasked-extension": "status 101 with an extension that was not offered, or with parameters that are not valid",
  "not-an-event-stream": "status 200 with another content-type than text/event-stream",
  "content-coded": "the event stream is compressed (content-encoding), although no coding was accepted",
  "transfer-coded": "the event stream has another transfer-encoding than chunked",
  "bad-length": "the event stream has a content-length that is no number, or two that differ",
  "bad-greeting": "raw TCP did not begin with an empty message",
} as const;

export type UpgradeFault = keyof typeof upgradeFaults;
