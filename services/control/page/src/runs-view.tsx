/** All runs, newest first; two of them can be compared. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { listRuns, type RunView } from "./api.ts";
import { Failure } from "./failure.tsx";
import { grouped, milliseconds, when } from "./figures.ts";
import { useTitle } from "./page-title.ts";

const refreshMs = 2000;

export function outcomeOf({ state, verdict }: RunView): string {
  return state === "finished" ? (verdict ?? state) : state;
}

/** The link to a run: its report once it is over. */
export const hrefOf = ({ id, state, hasReport }: RunView): string =>
  (state === "finished" || state === "interrupted") && hasReport ? `#/report/${id}` : `#/run/${id}`;

export function RunsView() {
  const runs = useSignal<RunView[] | null>(null);
  const next = useSignal<string | null>(null);
  const older = useSignal<RunView[]>([]);
  const failure = useSignal<Error | null>(null);
  const chosen = useSignal<string[]>([]);
  const words = useSignal("");
  const outcome = useSignal("");
  useEffect(() => {
    const refresh = async () => {
      try {
        const page = await listRuns();
        runs.value = page.runs;
        if (older.value.length === 0) next.value = page.next;
        failure.value = null;
      } catch (error) {
        failure.value = error as Error;
      }
    };
    void refresh();
    const timer = setInterval(() => void refresh(), refreshMs);
    return () => clearInterval(timer);
  }, []);
  const more = async () => {
    if (next.value === null) return;
    const page = await listRuns(next.value);
    older.value = [...older.value, ...page.runs];
    next.value = page.next;
  };
  const choose = (id: string) => {
    const rest = chosen.value.filter((each) => each !== id);
    chosen.value = rest.length < chosen.value.length ? rest : [...rest, id].slice(-2);
  };
  useTitle("Runs");
  const all = [...(runs.value ?? []), ...older.value];
  const shown = all.filter((run) => isWanted(run, words.value, outcome.value));
  const [before, after] = [...chosen.value].sort();
  return (
    <section aria-labelledby="runs-title">
      <div class="bar">
        <h1 id="runs-title">Runs</h1>
        <a class="button primary" href="#/start">
          Start a run
        </a>
        {before !== undefined && after !== undefined ? (
          <a class="button" href={`#/compare/${before}/${after}`}>
            Compare selected runs
          </a>
        ) : (
          <span class="quiet">select two to compare</span>
        )}
      </div>
      <Failure error={failure.value} />
      {runs.value?.length === 0 ? <p>No runs yet.</p> : null}
      {all.length === 0 ? null : <Filter words={words} outcome={outcome} all={all.length} shown={shown.length} />}
      <ul class="runs">
        {shown.map((run) => (
          <RunRow key={run.id} run={run} isChosen={chosen.value.includes(run.id)} choose={() => choose(run.id)} />
        ))}
      </ul>
      {next.value === null ? null : (
        <button type="button" onClick={() => void more()}>
          Older runs
        </button>
      )}
    </section>
  );
}

const outcomes = ["running", "pass", "fail", "invalid", "interrupted", "failed"] as const;

/** Whether every word occurs in the run's title, kind, target, tags or id, and its outcome matches. */
function isWanted(run: RunView, words: string, outcome: string): boolean {
  const isRunning = run.state === "queued" || run.state === "preparing" || run.state === "running";
  if (outcome !== "" && (outcome === "running" ? !isRunning : outcomeOf(run) !== outcome)) return false;
  const text = [run.title, run.kind, run.target, run.id, ...run.tags].join(" ").toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function Filter({
  words,
  outcome,
  all,
  shown,
}: {
  words: Signal<string>;
  outcome: Signal<string>;
  all: number;
  shown: number;
}) {
  return (
    <search class="bar">
      <input
        type="search"
        name="words"
        aria-label="Search runs"
        placeholder="title, target, kind, tag"
        value={words.value}
        onInput={(event) => {
          words.value = event.currentTarget.value;
        }}
      />
      <select
        name="outcome"
        aria-label="Outcome"
        value={outcome.value}
        onChange={(event) => {
          outcome.value = event.currentTarget.value;
        }}
      >
        <option value="">all outcomes</option>
        {outcomes.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
      <output class="quiet">{shown === all ? "" : `${shown} of ${all} shown`}</output>
    </search>
  );
}

function RunRow({ run, isChosen, choose }: { run: RunView; isChosen: boolean; choose: () => void }) {
  const { connections } = run;
  return (
    <li>
      <label class="choose">
        <input
          type="checkbox"
          checked={isChosen}
          disabled={!run.hasReport}
          onChange={choose}
          aria-label={`compare ${run.id}`}
        />
      </label>
      <a href={hrefOf(run)}>
        <span class={`outcome ${outcomeOf(run)}`}>{outcomeOf(run)}</span>
        <strong>
          {run.title ?? `${run.kind} on ${run.target}`}
          {run.title === null ? "" : `, ${run.target}`}
        </strong>
        <span class="quiet">{when(run.createdAt)}</span>
        {connections === null ? null : (
          <span>
            {grouped(connections.opened)} of {grouped(connections.planned)} opened
            {connections.closedUnexpectedly > 0
              ? `, ${grouped(connections.closedUnexpectedly)} closed unexpectedly`
              : ""}
            {run.pushP99Ms === null ? "" : `, push p99 ${milliseconds(run.pushP99Ms)}`}
          </span>
        )}
        {run.error === null ? null : <span class="bad">{run.error.text}</span>}
        {run.tags.map((tag) => (
          <span class="tag" key={tag}>
            {tag}
          </span>
        ))}
      </a>
    </li>
  );
}
