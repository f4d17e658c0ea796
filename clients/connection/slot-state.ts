/** States of a slot, as kept by the engines in a typed-array column. */
export const idle = 0;
export const connecting = 1;
export const upgrading = 2;
export const open = 3;
/** We sent the close message and await the peer's, or answered the peer's and await its FIN. */
export const closing = 4;
/** The TCP connection is established and the TLS handshake is in progress. */
export const securing = 5;

/** Whether the connection is still being established: TCP, TLS or the greeting. */
export const isBeginning = (state: number): boolean =>
  state === connecting || state === securing || state === upgrading;
