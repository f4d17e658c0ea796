/** The states of a slot, as the engines keep them in a typed-array column. */
export const idle = 0;
export const connecting = 1;
export const upgrading = 2;
export const open = 3;
/** We said farewell and wait for the peer's, or the peer's was answered and we wait for its FIN. */
export const closing = 4;
/** The TCP connection stands and the TLS handshake is on. */
export const securing = 5;

/** Whether the connection is still being made: TCP, TLS or the greeting. */
export const isBeginning = (state: number): boolean =>
  state === connecting || state === securing || state === upgrading;
