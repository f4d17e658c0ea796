/**
 * Reads documents from Redis that anyone could have written: each text is verified against its seal, parsed, and
 * checked against a schema. Every function throws an Error whose message is one short printable sentence; the reader
 * decides how to react.
 */
import { type Static, type TSchema, Type } from "#typebox";
import { Value } from "#typebox/value";
import { nowNs } from "../../clients/measure/clock.ts";
import type { Announcement } from "./announcement.ts";
import { type ClockReading, convertNs } from "./clock-reading.ts";
import { agentKey, jobPlace, ordersKey, shardKey } from "./keys.ts";
import type { Seal } from "./seal.ts";
import type { OrdersDocument, ShardDocument, ShardJob } from "./shard-documents.ts";

const Count = Type.Integer({ minimum: 0 });
/** JSON has no infinity: unknown bounds or limits are null. */
const Figure = Type.Union([Type.Number(), Type.Null()]);
const named = (pattern: string, value: TSchema): TSchema =>
  Type.Record(Type.String({ pattern }), value, { additionalProperties: false });
const Code = "^[a-z][a-z0-9-]{0,39}$";
/** Printable text: a code, an alert's name, a peer's message. */
const Words = "^[^\\u0000-\\u001f\\u007f-\\u009f]{1,400}$";
const Name = Type.String({ pattern: "^[\\w.:-]{1,200}$" });
/** Text for people: limited in length, without control characters. */
const Line = (mostCharacters: number): TSchema =>
  Type.String({ maxLength: mostCharacters, pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f]*$" });

const Clock = Type.Object({
  machine: Type.String({ maxLength: 200 }),
  offset: Type.Object({ seconds: Type.Number(), nanoseconds: Type.Number() }),
  boundNs: Figure,
});
const ClockError = Type.Union([Type.Object({ boundMs: Type.Number({ minimum: 0 }) }), Type.Null()]);
const Vitals = named("^[A-Za-z]{1,40}$", Figure);

const AnnouncementText = Type.Object({
  id: Name,
  name: Line(200),
  host: Line(200),
  slots: Type.Integer({ minimum: 0, maximum: 1000 }),
  slotsFree: Type.Integer({ minimum: 0, maximum: 1000 }),
  descriptors: Type.Integer({ minimum: 1 }),
  ports: Type.Integer({ minimum: 1, maximum: 65_536 }),
  cores: Count,
  clock: Clock,
  // Prometheus will scrape it: only a host and a port, nothing else of a URL.
  metricsAddress: Type.Union([
    Type.String({ pattern: "^([\\w.-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}\\]):\\d{1,5}$" }),
    Type.Null(),
  ]),
  network: Type.String({ maxLength: 200 }),
});

const PlaceToDial = Type.Object({
  host: Type.String({ minLength: 1, maxLength: 253 }),
  address: Type.String({ minLength: 2, maxLength: 45 }),
  family: Type.Union([Type.Literal(4), Type.Literal(6)]),
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  path: Type.String(),
  tls: Type.Boolean(),
});
/**
 * The part of a plan that the agent reads itself; the rest only matters to the shard process, which would fail alone.
 */
const Job = Type.Object({
  run: Name,
  plan: Type.Object({
    run: Name,
    shard: Type.Integer({ minimum: 0, maximum: 100_000 }),
    engine: Type.Object({
      slots: Type.Integer({ minimum: 0, maximum: 100_000_000 }),
      endpoints: Type.Array(PlaceToDial, { minItems: 1, maxItems: 1000 }),
    }),
  }),
  control: Name,
  asked: Type.Optional(Type.Object({ atNs: Type.Number(), clock: Clock })),
});

/** Never "prepare": a second plan would bypass the checks of the first. */
const Order = Type.Union([
  Type.Object({ type: Type.Literal("start"), atNs: Type.Number() }),
  Type.Object({ type: Type.Literal("hold"), startNs: Type.Number(), endNs: Type.Number() }),
  Type.Object({ type: Type.Literal("target-died"), endpoint: Count }),
  Type.Object({ type: Type.Literal("shard-died"), shard: Count, atNs: Type.Number() }),
  Type.Object({ type: Type.Literal("stop") }),
]);
const Orders = Type.Object({
  run: Name,
  beat: Count,
  clock: Clock,
  told: Type.Array(Type.Object({ sequence: Count, shard: Type.Union([Count, Type.Null()]), message: Order }), {
    maxItems: 100_000,
  }),
  eventsSeen: named("^\\d{1,6}$", Count),
  isOver: Type.Boolean(),
});

const Histogram = Type.String({
  maxLength: 4_000_000,
  pattern: "^\\d+(\\.\\d+)?:\\d+(\\.\\d+)?(e\\+\\d+)?:[A-Za-z0-9+/=]*$",
});
const Step = Type.Object({
  counts: Type.Array(Count, { maxItems: 20 }),
  classes: Type.Array(Count, { maxItems: 100 }),
  causes: Type.Array(Count, { maxItems: 100 }),
  latency: Histogram,
  lag: Histogram,
});
/** Empty when there are no samples. */
const PartHistogram = Type.Union([Histogram, Type.Literal("")]);
const Part = Type.Object({
  counts: Type.Array(Count, { maxItems: 20 }),
  histograms: Type.Array(PartHistogram, { maxItems: 5 }),
});
const Conversation = Type.Object({
  exchanges: Type.Array(Part, { maxItems: 10_000 }),
  publishes: Type.Array(Part, { maxItems: 10_000 }),
  groups: Type.Array(Part, { maxItems: 10_000 }),
  openingFailures: named(Words, Count),
  replies: Count,
  rooms: Type.Optional(named("^\\d+:\\d+$", Type.Array(Type.Number(), { maxItems: 10_000_000 }))),
  unsent: Type.Optional(
    Type.Array(Type.Object({ publish: Count, publisher: Count, from: Count, to: Count }), { maxItems: 1_000_000 }),
  ),
  // Base64 of 500,000 four-byte values.
  lastReceivers: Type.Optional(
    Type.Array(Type.Union([Type.String({ maxLength: 2_700_000, pattern: "^[A-Za-z0-9+/=]*$" }), Type.Null()]), {
      maxItems: 10_000,
    }),
  ),
});
const PartOfRun = Type.Object({
  counts: Type.Array(Count, { maxItems: 20 }),
  causes: named(Code, Count),
  push: PartHistogram,
});
const Tally = Type.Object({
  counts: named("^[A-Za-z]{1,40}$", Count),
  causes: named(Code, Count),
  codes: named(Words, Count),
  // Includes text chosen by peers: reasons of close frames.
  parts: Type.Optional(named(Words, Count)),
  awayMs: Type.Optional(named("^(ramp|held)$", Type.Number({ minimum: 0 }))),
  unreadable: Type.Optional(Line(1000)),
  unnumbered: Type.Optional(Line(1000)),
  agreed: Type.Optional(named(Words, Count)),
  conversation: Type.Optional(Conversation),
  histograms: named("^[A-Za-z]{1,40}$", Histogram),
  requests: Type.Optional(Type.Array(Step, { maxItems: 10_000 })),
  stages: Type.Optional(Type.Array(PartOfRun, { maxItems: 1000 })),
  addresses: Type.Optional(Type.Array(PartOfRun, { maxItems: 1000 })),
});
const Event = Type.Object({
  atNs: Type.Number(),
  what: Type.String({ pattern: Code }),
  connection: Type.Integer(),
  endpoint: Type.Integer(),
  cause: Type.Optional(Type.String({ pattern: Code })),
  detail: Type.Optional(Type.String({ maxLength: 10_000 })),
  count: Type.Optional(Count),
});
const Shard = Type.Object({
  shard: Count,
  agent: Name,
  clock: Clock,
  ready: Type.Union([Type.Object({ pid: Count, vitals: Vitals }), Type.Null()]),
  isRamped: Type.Boolean(),
  tally: Type.Union([Type.Object({ sequence: Count, atNs: Type.Number(), tally: Tally, vitals: Vitals }), Type.Null()]),
  events: Type.Array(Type.Object({ sequence: Count, event: Event }), { maxItems: 100_000 }),
  isDone: Type.Boolean(),
  ended: Type.Union([
    Type.Object({
      text: Type.String({ maxLength: 10_000 }),
      isFailure: Type.Boolean(),
      isUsage: Type.Optional(Type.Boolean()),
    }),
    Type.Null(),
  ]),
  clockError: ClockError,
});

/** The text as one line without control characters, at most 200 characters. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be printed
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").slice(0, 200);
}

function checked<T extends TSchema>(schema: T, value: unknown): Static<T> {
  const [error] = Value.Check(schema, value) ? [] : Value.Errors(schema, value);
  if (error !== undefined) throw new Error(printable(`${error.instancePath || "it"} ${error.message}`));
  return value as Static<T>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("it is not JSON");
  }
}

const isAbout = (is: boolean): void => {
  if (!is) throw new Error("its contents do not match its key");
};

/** The announcement of agent `id`, and its network. */
export function readAnnouncement(text: string, id: string, seal: Seal): Announcement & { network: string } {
  const announcement = checked(AnnouncementText, parsed(seal.open(agentKey(id), text)));
  isAbout(announcement.id === id);
  return announcement as Announcement & { network: string };
}

/** The control service's orders for a run's shards. */
export function readOrders(text: string, run: string, seal: Seal): OrdersDocument {
  const orders = checked(Orders, parsed(seal.open(ordersKey(run), text)));
  isAbout(orders.run === run);
  return orders as OrdersDocument;
}

/** The state of one shard. */
export function readShard(text: string, run: string, shard: number, seal: Seal): ShardDocument {
  const document = checked(Shard, parsed(seal.open(shardKey(run, shard), text)));
  isAbout(document.shard === shard);
  return document as unknown as ShardDocument;
}

/** An older job must be a replay: the control service gives up long before. */
const mostJobAgeNs = 120e9;

/** A job as stored in the queue; if signed, the text is its only field. */
export function closeJob(job: ShardJob, seal: Seal): unknown {
  return seal.isSigning ? { sealed: seal.close(jobPlace, JSON.stringify(job)) } : job;
}

/**
 * Reads a job handed to this agent, whose clock is `clock`. A signed job must also be recent, so that an old one cannot
 * be replayed.
 */
export function openJob(data: unknown, seal: Seal, clock: ClockReading): ShardJob {
  const sealed = (data as { sealed?: unknown } | null)?.sealed;
  if (!seal.isSigning && sealed === undefined) return checked(Job, data) as unknown as ShardJob;
  if (typeof sealed !== "string") throw new Error("it is not signed");
  const job = checked(Job, parsed(seal.open(jobPlace, sealed))) as unknown as ShardJob;
  const ageNs = job.asked === undefined ? Number.NaN : nowNs() - convertNs(job.asked.atNs, job.asked.clock, clock);
  if (!(ageNs < mostJobAgeNs)) throw new Error("it is outdated: its signature has expired");
  return job;
}
