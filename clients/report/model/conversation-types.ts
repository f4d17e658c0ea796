/** The fields of report.json that conversations add. */

/** As a report's quantiles, in milliseconds. */
interface Quantiles {
  count: number;
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  max: number;
}

/** One group's share of the figures; the sums over all groups are the report's own. */
export interface GroupReport {
  name: string;
  planned: number;
  opened: number;
  refused: number;
  closedByPlan: number;
  closedUnexpectedly: number;
  /** Every message that came on an open connection. */
  messages: number;
  /** Null for a target whose pushes carry no stamp. */
  pushes: { due: number; received: number; late: number; lost: number; duplicated: number; outOfOrder: number } | null;
  latencyMs: { push: Quantiles | null };
}

/** Messages of one name: `due = sent + unsent`, and where an answer is wanted `sent = answered + late + lost`. */
export interface ExchangeReport {
  name: string;
  due: number;
  sent: number;
  answered: number;
  late: number;
  lost: number;
  /** Due while its connection was not open. */
  unsent: number;
  /** Answers to what was answered before, or never asked. */
  duplicated: number;
  /** From our write to the kernel's stamp of the answer. */
  latencyMs: Quantiles | null;
  /** From the due instant to our write: the generator's own delay, in no other figure. */
  sendLagMs: Quantiles | null;
}

/** Messages that should reach others: `due = received + lost`, where due is each message sent times its receivers open at that instant. */
export interface PublishReport {
  group: string;
  reaches: string;
  sent: number;
  unsent: number;
  due: number;
  received: number;
  late: number;
  lost: number;
  duplicated: number;
  outOfOrder: number;
  /** Came to connections that should not have them. */
  misdelivered: number;
  /** From our write to each receiver's kernel stamp. */
  latencyMs: Quantiles | null;
  /** From our write until the last receiver had it. */
  lastReceiverMs: Quantiles | null;
  sendLagMs: Quantiles | null;
}

export interface ConversationBlock {
  /** Connections whose opening ended at a step, by the step and why; most first. */
  openingFailures: { step: string; count: number }[];
  replies: number;
  beats: ExchangeReport[];
  requests: ExchangeReport[];
  published: PublishReport[];
}
