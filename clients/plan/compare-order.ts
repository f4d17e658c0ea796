/**
 * The order of the runs of a comparison. Pure. By repeat, then scenario, then target:
 *
 *   repeat 1:  connections: a b c   api: b c a   pipeline: c a b
 *   repeat 2:  connections: b c a   api: c a b   pipeline: a b c
 *
 * A machine that becomes slower or faster affects all targets equally, and none always goes first.
 */

/** One run to do: indexes into the lists of scenarios and targets; repeats count from 1. */
export interface CompareStep {
  repeat: number;
  scenario: number;
  target: number;
}

export interface CompareShape {
  targets: number;
  /** How often each scenario is run on each target, at most the comparison's repeats. */
  repeats: readonly number[];
}

/** Every run of a comparison, in order. */
export function compareOrder({ targets, repeats }: CompareShape): CompareStep[] {
  const steps: CompareStep[] = [];
  for (let repeat = 1; repeat <= Math.max(0, ...repeats); repeat++) {
    repeats.forEach((times, scenario) => {
      if (repeat > times) return;
      for (let turn = 0; turn < targets; turn++)
        steps.push({ repeat, scenario, target: (turn + repeat - 1 + scenario) % targets });
    });
  }
  return steps;
}

/** Remaining time, milliseconds: a scenario's own mean so far where it has run, otherwise its expected duration. */
export function restMs(
  rest: readonly CompareStep[],
  done: readonly { scenario: number; elapsedMs: number }[],
  expectedMs: readonly number[],
): number {
  return rest.reduce((sum, { scenario }) => {
    const own = done.filter((run) => run.scenario === scenario);
    const mean = own.reduce((total, run) => total + run.elapsedMs, 0) / own.length;
    return sum + (own.length > 0 ? mean : (expectedMs[scenario] ?? 0));
  }, 0);
}
