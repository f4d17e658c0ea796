/**
 * Reads a CPU profile of Go: gzip around a protocol buffer (github.com/google/pprof, proto/profile.proto). Only the messages a stack
 * needs are decoded; field numbers are given where they are read.
 */
import { gunzipSync } from "node:zlib";
import { CallTree, type ProfileSummary } from "./call-tree.ts";

/** Fields of one message: number, wire type, and a number or bytes. Throws RangeError on a message that is cut off. */
export function* readFields(bytes: Uint8Array): Generator<{ field: number; value: number; bytes: Uint8Array }> {
  const none = new Uint8Array();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError("the profile is cut off");
      // Above 2^53 (addresses, ids by hash) the lowest bits are lost; none of those is used as a number.
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const take = (length: number): Uint8Array => {
    at += length;
    if (at > bytes.length) throw new RangeError("the profile is cut off");
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const [field, type] = [Math.floor(tag / 8), tag & 7];
    if (type === 0) yield { field, value: varint(), bytes: none };
    else if (type === 2) yield { field, value: 0, bytes: take(varint()) };
    else if (type === 1 || type === 5) yield { field, value: 0, bytes: take(type === 1 ? 8 : 4) };
    else throw new RangeError(`the profile has a field of the unknown wire type ${type}`);
  }
}

/** A repeated number, packed into bytes or one by one. */
function numbersOf({ value, bytes }: { value: number; bytes: Uint8Array }): number[] {
  if (bytes.length === 0) return [value];
  const numbers: number[] = [];
  let number = 0;
  let factor = 1;
  for (const byte of bytes) {
    number += (byte & 127) * factor;
    factor *= 128;
    if (byte < 128) {
      numbers.push(number);
      [number, factor] = [0, 1];
    }
  }
  return numbers;
}

interface Message {
  numbers: Map<number, number>;
  parts: { field: number; bytes: Uint8Array }[];
}

function readMessage(bytes: Uint8Array): Message {
  const message: Message = { numbers: new Map(), parts: [] };
  for (const field of readFields(bytes)) {
    if (field.bytes.length > 0) message.parts.push(field);
    else message.numbers.set(field.field, field.value);
  }
  return message;
}

/** One sample: its stack by function names, innermost first, and its values in the order of `types`. */
export interface PprofSample {
  stack: string[];
  values: number[];
}

/** The types of value and all samples of a profile, gzipped or not. Throws on anything else. */
export function readPprof(file: Uint8Array): { types: { type: string; unit: string }[]; samples: PprofSample[] } {
  const bytes = file[0] === 0x1f && file[1] === 0x8b ? gunzipSync(file) : file;
  const strings: string[] = [];
  const [types, samples, locations, functions]: [Message[], Uint8Array[], Message[], Message[]] = [[], [], [], []];
  const decoder = new TextDecoder();
  for (const { field, bytes: part } of readFields(bytes)) {
    // Profile: sample_type 1, sample 2, location 4, function 5, string_table 6
    if (field === 1) types.push(readMessage(part));
    else if (field === 2) samples.push(part);
    else if (field === 4) locations.push(readMessage(part));
    else if (field === 5) functions.push(readMessage(part));
    else if (field === 6) strings.push(decoder.decode(part));
  }
  const text = (index: number | undefined): string => strings[index ?? 0] ?? "";
  // Function: id 1, name 2
  const names = new Map(functions.map(({ numbers }) => [numbers.get(1) ?? 0, text(numbers.get(2))]));
  // Location: id 1, address 3, line 4 (innermost inlined call first); Line: function_id 1
  const frames = new Map(
    locations.map(({ numbers, parts }) => {
      const lines = parts.filter(({ field }) => field === 4).map((part) => names.get(readMessage(part.bytes).numbers.get(1) ?? 0) ?? "");
      return [numbers.get(1) ?? 0, lines.length > 0 ? lines : [`0x${(numbers.get(3) ?? 0).toString(16)}`]];
    }),
  );
  return {
    // ValueType: type 1, unit 2
    types: types.map(({ numbers }) => ({ type: text(numbers.get(1)), unit: text(numbers.get(2)) })),
    samples: samples.map((sample) => readSample(sample, frames)),
  };
}

/** Sample: location_id 1, value 2. */
function readSample(bytes: Uint8Array, frames: ReadonlyMap<number, string[]>): PprofSample {
  const [ids, values]: [number[], number[]] = [[], []];
  for (const part of readFields(bytes)) {
    if (part.field === 1) ids.push(...numbersOf(part));
    else if (part.field === 2) values.push(...numbersOf(part));
  }
  return { stack: ids.flatMap((id) => frames.get(id) ?? []), values };
}

/** The summary of a Go CPU profile. */
export function summarizePprof(file: Uint8Array): ProfileSummary {
  const { types, samples } = readPprof(file);
  const index = types.findIndex(({ unit }) => unit === "nanoseconds");
  if (index < 0) throw new RangeError("the profile has no value in nanoseconds: it is not one of CPU time");
  const tree = new CallTree();
  for (const { stack, values } of samples) tree.add([...stack].reverse(), values[index] ?? 0);
  return tree.summary(1e-9);
}
