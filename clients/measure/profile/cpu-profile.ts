/** Reads V8 CPU profiles (`node --cpu-prof`, the format of Chrome DevTools). */
import { CallTree, type ProfileSummary } from "./call-tree.ts";

interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number };
  children?: number[];
}

interface CpuProfile {
  nodes: ProfileNode[];
  samples: number[];
  /** Microseconds before each sample. */
  timeDeltas: number[];
}

/** A function's label: its name and location, with the last two parts of its path. */
function labelOf({ functionName, url, lineNumber }: ProfileNode["callFrame"]): string {
  const name = functionName === "" ? "(anonymous)" : functionName;
  if (url === "") return name;
  const short = url.startsWith("node:") ? url : url.split("/").slice(-2).join("/");
  return `${name} ${short}:${lineNumber + 1}`;
}

function checked(value: unknown): CpuProfile {
  const profile = value as Partial<CpuProfile> | null;
  if (!Array.isArray(profile?.nodes) || !Array.isArray(profile.samples) || !Array.isArray(profile.timeDeltas)) {
    throw new RangeError("expected a V8 CPU profile with nodes, samples and timeDeltas");
  }
  return profile as CpuProfile;
}

/** Summarizes a .cpuprofile text; idle time of the event loop is excluded. */
export function summarizeCpuProfile(text: string): ProfileSummary {
  const { nodes, samples, timeDeltas } = checked(JSON.parse(text));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children }) => (children ?? []).map((child) => [child, id] as const)));
  const weights = new Map<number, number>();
  // A sample covers the time until the next one.
  samples.forEach((id, index) => {
    weights.set(id, (weights.get(id) ?? 0) + Math.max(0, timeDeltas[index + 1] ?? 0));
  });
  const tree = new CallTree();
  for (const [id, weight] of weights) {
    const stack: string[] = [];
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const node = byId.get(at);
      if (node !== undefined && node.callFrame.functionName !== "(root)") stack.push(labelOf(node.callFrame));
    }
    if (stack[0] !== "(idle)") tree.add(stack.reverse(), weight);
  }
  return tree.summary(1e-6);
}
