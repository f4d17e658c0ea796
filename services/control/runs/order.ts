/**
 * An order: one scenario against one target that a caller asked the service to run. Its life cycle is a set of pure
 * transitions:
 *
 *   queued -> preparing -> running -> finished | interrupted | failed
 *
 * A queued order that is stopped is interrupted; one that cannot be prepared, or breaks, has failed.
 */

export const orderStates = ["queued", "preparing", "running", "finished", "interrupted", "failed"] as const;
export type OrderState = (typeof orderStates)[number];

/** What can happen to an order. `lost`: the service ended while running it. */
export type OrderEvent = "taken" | "dialled" | "completed" | "stopped" | "broke" | "lost";

const transitions: Readonly<Record<OrderState, Partial<Record<OrderEvent, OrderState>>>> = {
  queued: { taken: "preparing", stopped: "interrupted", broke: "failed" },
  preparing: {
    dialled: "running",
    completed: "finished",
    stopped: "interrupted",
    broke: "failed",
    lost: "interrupted",
  },
  running: { dialled: "running", completed: "finished", stopped: "interrupted", broke: "failed", lost: "interrupted" },
  finished: {},
  interrupted: {},
  failed: {},
};

/**
 * The state after an event; null when the event is impossible in this state. Queued orders survive the service, so
 * `lost` does not apply to them.
 */
export function nextState(state: OrderState, event: OrderEvent): OrderState | null {
  return transitions[state][event] ?? null;
}

/** Whether the state is final. */
export function isOver(state: OrderState): boolean {
  return Object.keys(transitions[state]).length === 0;
}

export interface Order {
  /** Has the format of a run id and equals the run's, unless the kind has several runs. */
  id: string;
  kind: string;
  target: string;
  /** As requested, with defaults filled in. Contains header values, so it is never returned unchanged. */
  scenario: Record<string, unknown>;
  state: OrderState;
  tags: string[];
  /** Orders requested together for comparison; they never run concurrently. */
  group: string | null;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  /** The run whose report belongs to the order; null until one has begun. */
  run: string | null;
  error: { code: string; text: string } | null;
}

/**
 * An order after an event at an instant (ISO 8601). Throws when the event is impossible, which is our bug, never the
 * caller's.
 */
export function advance(
  order: Order,
  event: OrderEvent,
  at: string,
  change: Partial<Pick<Order, "run" | "error">> = {},
): Order {
  const state = nextState(order.state, event);
  if (state === null) throw new Error(`order ${order.id} is ${order.state}: "${event}" is not possible in that state`);
  const startedAt = event === "taken" ? at : order.startedAt;
  return { ...order, ...change, state, startedAt, endedAt: isOver(state) ? at : null };
}

/** How many orders may run concurrently: in total, and per target. */
export interface OrderLimits {
  atOnce: number;
  perTarget: number;
}

/**
 * The target of an order that has several of its own: it measures each alone on the machine, so nothing else runs at
 * the same time.
 */
export const severalTargets = "several";

/** Which queued orders may start now, oldest first: within the limits, and no two of a group at once. */
export function startable(orders: readonly Order[], limits: OrderLimits): Order[] {
  const going = orders.filter(({ state }) => state === "preparing" || state === "running");
  const chosen: Order[] = [];
  for (const order of orders) {
    if (order.state !== "queued") continue;
    const busy = [...going, ...chosen];
    if (busy.length >= limits.atOnce || busy.some(({ target }) => target === severalTargets)) break;
    if (order.target === severalTargets && busy.length > 0) break;
    if (busy.filter(({ target }) => target === order.target).length >= limits.perTarget) continue;
    if (order.group !== null && busy.some(({ group }) => group === order.group)) continue;
    chosen.push(order);
  }
  return chosen;
}
