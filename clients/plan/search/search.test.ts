import assert from "node:assert/strict";
import { test } from "node:test";
import type { NextTrial } from "./next-trial.ts";
import { nextTrial, observe, type SearchState, startSearch } from "./search.ts";
import type { TrialOutcome } from "./search-bounds.ts";
import { estimateLeft } from "./search-estimate.ts";
import { type SearchOptions, searchOptions } from "./search-goal.ts";
import type { SearchResult } from "./search-result.ts";

const strict = { name: "strict", lossRatio: 0, latencyP99Ms: null };
const minute = 60_000;

function options(given: Partial<SearchOptions> = {}): SearchOptions {
  return {
    ...searchOptions("standard", { goals: [strict], ceiling: { load: 60_000, reason: "descriptors" } }),
    ...given,
  };
}

type Judge = (trial: NextTrial, goal: string, index: number) => TrialOutcome;

/** Runs a search to its end, with every trial it asked for. */
function play(given: SearchOptions, judge: Judge): { result: SearchResult; asked: NextTrial[]; state: SearchState } {
  let state = startSearch(given);
  const asked: NextTrial[] = [];
  for (;;) {
    const next = nextTrial(state);
    if ("done" in next) return { result: next.done, asked, state };
    const outcome = Object.fromEntries(given.goals.map((goal) => [goal.name, judge(next, goal.name, asked.length)]));
    asked.push(next);
    const criterion = { strict: "unexpectedCloseRatio" };
    state = observe(state, {
      load: next.load,
      durationMs: next.durationMs,
      outcome,
      criterion,
      limitedBy: "generator-cpu",
      lossRatio: 0,
    });
  }
}

const limitAt =
  (limit: number): Judge =>
  ({ load }) =>
    load <= limit ? "pass" : "fail";

test("doubles with short trials until two fail, narrows, decides with full ones, confirms with a long one", () => {
  const { result, asked } = play(options(), limitAt(9000));
  const loads = asked.map(({ load, durationMs, purpose }) => `${purpose} ${load} ${durationMs / minute}`);
  assert.deepEqual(loads.slice(0, 7), [
    "double 500 1",
    "double 1000 1",
    "double 2000 1",
    "double 4000 1",
    "double 8000 1",
    "double 16000 1",
    "repeat 16000 1",
  ]);
  assert.equal(asked.at(-1)?.purpose, "confirm");
  assert.equal(asked.at(-1)?.durationMs, 15 * minute);
  const [goal] = result.goals;
  assert.ok(goal?.lower && goal.upper && goal.lower <= 9000 && goal.upper > 9000);
  assert.ok((goal.upper - goal.lower) / goal.upper <= 0.05);
  assert.deepEqual(
    [goal.regular, goal.confirmed, goal.limitedBy, goal.criterion],
    [true, true, "target", "unexpectedCloseRatio"],
  );
  assert.equal(goal.conditionalThroughput, goal.lower);
  assert.equal(goal.sentence, `${goal.lower} holds, ${goal.upper} does not: unexpectedCloseRatio broke there`);
});

test("a failed confirmation continues the search below", () => {
  const held = (trial: NextTrial) => trial.load <= (trial.purpose === "confirm" ? 6000 : 9000);
  const { result, asked } = play(options(), (trial) => (held(trial) ? "pass" : "fail"));
  assert.ok(asked.filter(({ purpose }) => purpose === "confirm").length >= 2);
  const [goal] = result.goals;
  assert.ok(
    goal?.confirmed && goal.regular && goal.lower !== null && goal.lower <= 6000 && goal.lower > 5000,
    goal?.sentence,
  );
});

test("short trials that pass far above the true limit mislead only briefly", () => {
  const { result, asked } = play(options(), ({ load, durationMs }) =>
    load <= (durationMs <= minute ? 50_000 : 1200) ? "pass" : "fail",
  );
  assert.ok(asked.length < 50, `${asked.length} trials`);
  const lower = result.goals[0]?.lower ?? 0;
  assert.ok(lower <= 1200 && lower >= 1100, `${lower}`);
});

test('when the ceiling passes the answer is "at least", limited by its reason', () => {
  const { result } = play(options(), () => "pass");
  const [goal] = result.goals;
  assert.deepEqual(
    [goal?.lower, goal?.upper, goal?.regular, goal?.confirmed, goal?.limitedBy],
    [60_000, null, false, true, "descriptors"],
  );
  assert.equal(goal?.sentence, "at least 60000, limited by descriptors");
});

test("a load with three consecutive invalid trials is the generator's ceiling, approached closely", () => {
  const { result, asked } = play(options(), ({ load }) => (load > 9000 ? "invalid" : "pass"));
  const [goal] = result.goals;
  assert.ok(goal?.lower && goal.lower > 8500 && goal.lower <= 9000, `${goal?.lower}`);
  assert.deepEqual([goal.upper, goal.regular, goal.limitedBy], [null, false, "generator-cpu"]);
  for (const load of new Set(asked.map((trial) => trial.load).filter((each) => each > 9000))) {
    assert.equal(asked.filter((trial) => trial.load === load).length, 3);
  }
});

test("a single invalid trial is repeated and changes nothing", () => {
  const plain = play(options(), limitAt(9000));
  const disturbed = play(options(), (trial, _goal, index) =>
    index % 4 === 2 ? "invalid" : limitAt(9000)(trial, "strict", index),
  );
  assert.deepEqual(
    [disturbed.result.goals[0]?.lower, disturbed.result.goals[0]?.upper],
    [plain.result.goals[0]?.lower, plain.result.goals[0]?.upper],
  );
});

test("a confirmation that remains invalid keeps the bounds and is reported as missing", () => {
  const [goal] = play(options(), (trial) =>
    trial.purpose === "confirm" ? "invalid" : limitAt(9000)(trial, "strict", 0),
  ).result.goals;
  assert.deepEqual([goal?.regular, goal?.confirmed], [true, false]);
  assert.match(goal?.sentence ?? "", /not confirmed/);
});

test("a target that holds nothing is irregular, with an upper bound only", () => {
  const [goal] = play(options(), () => "fail").result.goals;
  assert.deepEqual([goal?.lower, goal?.upper, goal?.regular, goal?.limitedBy], [null, 1, false, "minimum-load"]);
});

test("both budgets end the search with the bounds so far", () => {
  const few = play(options({ maxTrials: 9 }), limitAt(9000)).result;
  assert.deepEqual(
    [few.end, few.trials, few.goals[0]?.regular, few.goals[0]?.limitedBy],
    ["trial-budget", 9, false, "trial-budget"],
  );
  assert.deepEqual(few.goals[0]?.hint, { lower: 8000, upper: 11_300 });
  const brief = play(options({ maxTotalMs: 40 * minute, overheadMs: 0 }), limitAt(9000)).result;
  assert.equal(brief.end, "time-budget");
  assert.ok(brief.elapsedMs <= 40 * minute);
});

test("several goals are answered from the same trials", () => {
  const limits: Record<string, number> = { strict: 9000, tolerant: 9900, "p99 50 ms": 5000, "p99 100 ms": 9000 };
  const goals = searchOptions("standard", {
    goals: Object.keys(limits).map((name) => ({ ...strict, name })),
    ceiling: { load: 60_000, reason: "ports" },
  }).goals;
  const { result, asked } = play(options({ goals }), ({ load }, goal) =>
    load <= (limits[goal] ?? 0) ? "pass" : "fail",
  );
  for (const { goal, lower, upper, regular, confirmed } of result.goals) {
    const limit = limits[goal] ?? 0;
    assert.ok(regular && confirmed && lower !== null && upper !== null && lower <= limit && limit < upper, goal);
  }
  const apart = Object.values(limits).reduce((sum, limit) => sum + play(options(), limitAt(limit)).asked.length, 0);
  assert.ok(asked.length < 0.75 * apart, `${asked.length} trials together, ${apart} apart`);
});

test("loads are on the requested grid, except the ceiling", () => {
  const { asked } = play(options({ granularity: 250, startLoad: 250 }), limitAt(9100));
  assert.ok(asked.every(({ load }) => load % 250 === 0));
});

test("the estimate of the rest decreases to zero, and is exact when the limit is in the middle", () => {
  let state = startSearch(options());
  assert.ok(estimateLeft(state).leftMs > 30 * minute);
  for (let played = 0; played < 12; played += 1) {
    const next = nextTrial(state);
    assert.ok("load" in next);
    state = observe(state, {
      load: next.load,
      durationMs: next.durationMs,
      outcome: { strict: next.load <= 9000 ? "pass" : "fail" },
      elapsedMs: next.durationMs + 5000,
    });
  }
  const late = estimateLeft(state);
  assert.ok(late.trials > 0 && late.trials < 25 && late.leftMs < options().maxTotalMs);
  assert.deepEqual(estimateLeft(play(options(), limitAt(9000)).state), { trials: 0, leftMs: 0 });
});

test("invalid options and observations are rejected with every problem named", () => {
  assert.throws(
    () => startSearch(options({ goals: [], startLoad: 0, maxTrials: 0.5 })),
    /goals: .*startLoad: .*maxTrials: /,
  );
  const state = startSearch(options());
  assert.throws(() => observe(state, { load: 500, durationMs: 1000, outcome: {} }), /no outcome for strict/);
  assert.throws(() => observe(state, { load: 1.5, durationMs: 1000, outcome: { strict: "pass" } }), /whole load/);
});

test("trials whose target did not start change no bound and no ceiling, and the search continues as before", () => {
  const fail: Judge = ({ load }, _, index) =>
    index === 3 || index === 4 || index === 5 ? "invalid" : load <= 9000 ? "pass" : "fail";
  let state = startSearch(options());
  let sound = startSearch(options());
  for (let index = 0; index < 12; index++) {
    const next = nextTrial(state) as NextTrial;
    assert.deepEqual(next, nextTrial(sound), `trial ${index + 1}`);
    const outcome = { strict: fail(next, "strict", index) };
    if (outcome.strict === "invalid") {
      state = observe(state, { ...next, outcome, elapsedMs: 700, notStarted: true });
      continue;
    }
    [state, sound] = [state, sound].map((each) => observe(each, { ...next, outcome })) as [SearchState, SearchState];
  }
  assert.equal(state.trials.length, sound.trials.length + 3);
  const spent = (trials: SearchState["trials"]) => trials.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0);
  assert.equal(spent(state.trials), spent(sound.trials) + 3 * 700, "only the time it took, not that of a trial");
  assert.deepEqual(nextTrial({ ...state, options: { ...state.options, maxTrials: 12 } }), {
    ...(nextTrial({ ...sound, options: { ...sound.options, maxTrials: 9 } }) as object),
    done: {
      ...(nextTrial({ ...sound, options: { ...sound.options, maxTrials: 9 } }) as { done: SearchResult }).done,
      trials: 12,
      elapsedMs: spent(state.trials),
    },
  });
});
