/** The protocols that carry pushes; used as label of the connections metric. */
export const protocols = ["websocket", "sse", "tcp"] as const;
/** One of `protocols`. */
export type Protocol = (typeof protocols)[number];

/** Most pushes queued for one connection's socket. */
export const queuePushes = 64;
/** How long a connection may take to accept its close frame before its socket is closed, milliseconds. */
export const closeGraceMs = 3000;

/** Why the server closes a connection: shutdown, or a full queue. */
export type CloseCode = 1001 | 1013;

/** The stream a subscriber belongs to, as far as the subscriber needs it. */
export interface Home {
  readonly key: string;
  readonly size: number;
  leave(connection: PushConnection): void;
  /** Stops its timer: the last subscriber has left. */
  stop(): void;
}

/** One subscriber, whatever its protocol. The fields are maintained by its stream. */
export abstract class PushConnection {
  stream: Home | null = null;
  slot = 0;
  index = -1;
  firstTick = 0;

  abstract readonly protocol: Protocol;
  /** Bytes sent but not yet accepted by the kernel. */
  abstract unsentBytes(): number;
  /** Bytes that one push takes with this protocol. */
  abstract frameBytes(messageBytes: number): number;
  /** Sends one push. The buffer may be reused once `unsentBytes` is 0. */
  abstract send(message: Buffer): void;
  /** Closes the connection, with the code where the protocol has one. */
  abstract close(code: CloseCode): void;
  /** Closes the socket at once. */
  abstract destroy(): void;
}

const owner = Symbol("owner");
type Owned = { [owner]?: { connection: PushConnection; end: (connection: PushConnection) => void } };

/**
 * Calls `end` when the handle closes; one listener function serves all connections, so that idle ones hold no closure.
 */
export function endOnClose(
  handle: { on(event: "close", listener: () => void): unknown },
  connection: PushConnection,
  end: (connection: PushConnection) => void,
): void {
  (handle as Owned)[owner] = { connection, end };
  handle.on("close", onClose);
}

function onClose(this: Owned): void {
  const owned = this[owner];
  if (owned) owned.end(owned.connection);
}

/** Listener for "error": the "close" event that follows is handled. */
export function ignoreError(): void {}
