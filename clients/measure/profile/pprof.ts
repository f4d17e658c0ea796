/** Reads Go CPU profiles: a gzipped protocol buffer (github.com/google/pprof, proto/profile.proto). */
import { gunzipSync } from "node:zlib";
import { Profile } from "pprof-format";
import { CallTree, type ProfileSummary } from "./call-tree.ts";

/** One sample: its stack by function names, innermost first, and its values in the order of `types`. */
interface PprofSample {
  stack: string[];
  values: number[];
}

/** The value types and all samples of a profile, gzipped or not. Throws RangeError on anything else. */
export function readPprof(file: Uint8Array): { types: { type: string; unit: string }[]; samples: PprofSample[] } {
  const profile = decode(file[0] === 0x1f && file[1] === 0x8b ? gunzipSync(file) : file);
  const text = (index: number | bigint): string => profile.stringTable.strings[Number(index)] ?? "";
  const names = new Map(profile.function.map(({ id, name }) => [Number(id), text(name)]));
  const frames = new Map(
    profile.location.map(({ id, address, line }) => {
      const lines = line.map(({ functionId }) => names.get(Number(functionId)) ?? "");
      return [Number(id), lines.length > 0 ? lines : [`0x${address.toString(16)}`]];
    }),
  );
  return {
    types: profile.sampleType.map(({ type, unit }) => ({ type: text(type), unit: text(unit) })),
    samples: profile.sample.map(({ locationId, value }) => ({
      stack: locationId.flatMap((id) => frames.get(Number(id)) ?? []),
      values: value.map(Number),
    })),
  };
}

function decode(bytes: Uint8Array): Profile {
  try {
    return Profile.decode(bytes);
  } catch (error) {
    throw new RangeError(`the profile cannot be read: ${(error as Error).message}`);
  }
}

/** The summary of a Go CPU profile. Throws RangeError when it is not one. */
export function summarizePprof(file: Uint8Array): ProfileSummary {
  const { types, samples } = readPprof(file);
  const index = types.findIndex(({ unit }) => unit === "nanoseconds");
  if (index < 0) throw new RangeError("the profile has no value in nanoseconds: it is not one of CPU time");
  const tree = new CallTree();
  for (const { stack, values } of samples) tree.add([...stack].reverse(), values[index] ?? 0);
  return tree.summary(1e-9);
}
