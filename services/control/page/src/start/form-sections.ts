/**
 * Which fields of a scenario are always visible in the form, and under which titles the others are folded. Unlisted
 * fields are in the last section.
 */
import type { Schema } from "../api.ts";

export interface FormSection {
  /** Empty: not folded. */
  title: string;
  names: string[];
}

const common =
  "target targets preset protocol connections rampPerSecond hold stages push search users rate think sweep warmUp path paths method body format ends fails tokens request lines repeats variants scenarios limits title".split(
    " ",
  );

const folded: readonly (readonly [title: string, names: string])[] = [
  [
    "What clients send",
    "dialect channel event subscribe headers subprotocols data vars groups conversation publish ping",
  ],
  ["MQTT", "mqtt"],
  ["TLS", "tls"],
  ["When connections end", "churn storm reconnect slowReaders silentAfter timeouts"],
  ["The target", "replicas targetCpus targetMemoryMiB faults profile"],
  [
    "The generator",
    "engine shards sources interface resolve proxy compression maxMessageBytes pipelining replaceDeadShards",
  ],
];

/** Kinds with fewer listed fields than this show their first fields instead. */
const fewest = 3;
const firstOnes = 8;

/**
 * The sections of a kind's form in order; every field is in exactly one. Fields with given `values` move to the top.
 */
export function sectionsOf(
  schema: Schema,
  refused: readonly string[],
  values: Readonly<Record<string, unknown>>,
): FormSection[] {
  const names = Object.keys(schema.properties ?? {}).filter((name) => name !== "kind" && !refused.includes(name));
  const isRehearsal = [values.target].flat().includes("rehearsal");
  let open = names.filter((name) => common.includes(name) || (name === "faults" && isRehearsal));
  if (open.length < fewest) open = names.slice(0, firstOnes);
  open.sort((a, b) => place(a) - place(b));
  const rest = names.filter((name) => !open.includes(name));
  const sections = folded.map(([title, all]) => ({
    title,
    names: all.split(" ").filter((name) => rest.includes(name)),
  }));
  const placed = new Set(sections.flatMap((section) => section.names));
  return [
    { title: "", names: open },
    ...sections,
    { title: "More", names: rest.filter((name) => !placed.has(name)) },
  ].filter((section) => section.names.length > 0);
}

function place(name: string): number {
  if (name === "faults") return 0.5;
  const at = common.indexOf(name);
  return at === -1 ? common.length : at;
}
