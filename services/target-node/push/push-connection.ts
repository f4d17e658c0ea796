/** The protocols pushes travel over; the label of the connections metric. */
export const protocols = ["websocket", "sse", "tcp"] as const;
/** One of `protocols`. */
export type Protocol = (typeof protocols)[number];

/** How many pushes may wait for one connection's socket. */
export const queuePushes = 64;
/** How long a connection may take to accept its close frame before its socket is closed. */
export const closeGraceMs = 3000;

/** Why the server ends a connection: it shuts down, or the connection's queue is full. */
export type CloseCode = 1001 | 1013;

/** The stream a subscriber is in, as far as the subscriber knows it. */
export interface Home {
  readonly key: string;
  readonly size: number;
  leave(connection: PushConnection): void;
  /** Ends its timer: the last one has left. */
  stop(): void;
}

/** One subscriber, whatever its protocol. Its stream keeps the fields. */
export abstract class PushConnection {
  stream: Home | null = null;
  slot = 0;
  index = -1;
  firstTick = 0;

  abstract readonly protocol: Protocol;
  /** Bytes that were sent but that the kernel has not taken yet. */
  abstract unsentBytes(): number;
  /** What one push of so many bytes takes on this protocol. */
  abstract frameBytes(messageBytes: number): number;
  /** Sends one push. The message may be written again as soon as `unsentBytes` is 0. */
  abstract send(message: Buffer): void;
  /** Ends the connection in the protocol's own words. */
  abstract close(code: CloseCode): void;
  /** Ends the socket at once. */
  abstract destroy(): void;
}

const owner = Symbol("owner");
type Owned = { [owner]?: { connection: PushConnection; end: (connection: PushConnection) => void } };

/**
 * Calls `end` when the handle closes; one listener function serves all connections, so an idle one holds no closure.
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

/** A listener for "error": the "close" that follows does the work. */
export function ignoreError(): void {}
