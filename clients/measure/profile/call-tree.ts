/** Weighted stacks as a tree: yields the top functions and the flame graph of any profile. Pure. */

/** A function and its share of the busy time, 0 to 1. */
export interface ProfiledFunction {
  function: string;
  /** Time in the function itself. */
  selfShare: number;
  /** Time in it and everything it called; recursion counts once. */
  totalShare: number;
}

/** A frame of a flame graph: its name, its share of the whole, and its callees, largest first. */
export interface Flame {
  name: string;
  share: number;
  children: Flame[];
}

/** A profile independent of its source format. `busySeconds` is what the shares refer to. */
export interface ProfileSummary {
  busySeconds: number;
  top: ProfiledFunction[];
  flame: Flame;
}

/** Frames below this share, levels beyond this depth and all but the top functions are omitted from the report. */
const leastFlameShare = 0.003;
const deepestFlame = 60;
const mostFunctions = 30;

interface Node {
  name: string;
  self: number;
  total: number;
  children: Map<string, Node>;
}

const makeNode = (name: string): Node => ({ name, self: 0, total: 0, children: new Map() });

export class CallTree {
  readonly #root = makeNode("all");

  /** Adds a stack, outermost function first, with its weight. */
  add(stack: readonly string[], weight: number): void {
    let node = this.#root;
    node.total += weight;
    for (const name of stack) {
      let child = node.children.get(name);
      if (child === undefined) {
        child = makeNode(name);
        node.children.set(name, child);
      }
      child.total += weight;
      node = child;
    }
    node.self += weight;
  }

  get total(): number {
    return this.#root.total;
  }

  /** The summary; `secondsPerUnit` converts weights to seconds. */
  summary(secondsPerUnit: number): ProfileSummary {
    return { busySeconds: this.total * secondsPerUnit, top: this.#top(), flame: flameOf(this.#root, this.total, 0) };
  }

  #top(): ProfiledFunction[] {
    const shares = new Map<string, ProfiledFunction>();
    const onPath = new Map<string, number>();
    const whole = this.total || 1;
    const visit = (node: Node): void => {
      const entry = shares.get(node.name) ?? { function: node.name, selfShare: 0, totalShare: 0 };
      shares.set(node.name, entry);
      entry.selfShare += node.self / whole;
      const depth = onPath.get(node.name) ?? 0;
      if (depth === 0) entry.totalShare += node.total / whole;
      onPath.set(node.name, depth + 1);
      for (const child of node.children.values()) visit(child);
      onPath.set(node.name, depth);
    };
    for (const child of this.#root.children.values()) visit(child);
    return topOf([...shares.values()]);
  }
}

/** The functions with the largest self share. */
export function topOf(functions: readonly ProfiledFunction[]): ProfiledFunction[] {
  return functions
    .filter(({ selfShare, totalShare }) => selfShare > 0 || totalShare > 0)
    .sort((a, b) => b.selfShare - a.selfShare || b.totalShare - a.totalShare)
    .slice(0, mostFunctions);
}

function flameOf(node: Node, whole: number, depth: number): Flame {
  const kept =
    depth >= deepestFlame
      ? []
      : [...node.children.values()].filter(({ total }) => whole > 0 && total / whole >= leastFlameShare);
  const children = kept.sort((a, b) => b.total - a.total).map((child) => flameOf(child, whole, depth + 1));
  return { name: node.name, share: whole > 0 ? node.total / whole : 0, children };
}
