/**
 * What was wrong with a response that did not open a connection: the codes of cause `upgrade-invalid`, one closed list
 * with its sentences.
 */
export const upgradeFaults = {
  "cut-short": "the socket was closed within the answer",
  "bad-head": "the answer is not a valid HTTP/1.1 response head",
  "head-too-large": "the response head is larger than 64 KiB, the most this generator accepts",
  "bad-upgrade": "status 101 without the fields upgrade: websocket and connection: upgrade",
  "bad-accept": "status 101 whose sec-websocket-accept does not match the key that was sent",
  "bad-subprotocol": "status 101 without any of the offered subprotocols, or with one that was not offered",
  "unasked-extension": "status 101 with an extension that was not offered, or with parameters that are not valid",
  "not-an-event-stream": "status 200 with a content-type other than text/event-stream",
  "content-coded": "the event stream is compressed (content-encoding), although no coding was offered",
  "transfer-coded": "the event stream has a transfer-encoding other than chunked",
  "bad-length": "the event stream has a content-length that is not a number, or two different ones",
  "bad-greeting": "raw TCP did not begin with an empty message",
} as const;

export type UpgradeFault = keyof typeof upgradeFaults;
