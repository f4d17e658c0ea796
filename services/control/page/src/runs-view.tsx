/** All runs, newest first; two of them can be compared. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { listRuns, type RunView } from "./api.ts";
import { Failure } from "./failure.tsx";
import { grouped, milliseconds, when } from "./figures.ts";

const refreshMs = 2000;

export function outcomeOf({ state, verdict }: RunView): string {
  return state === "finished" ? (verdict ?? state) : state;
}

/** Where a run is looked at: its report once it is over. */
export const hrefOf = ({ id, state, hasReport }: RunView): string =>
  (state === "finished" || state === "interrupted") && hasReport ? `#/report/${id}` : `#/run/${id}`;

export function RunsView() {
  const runs = useSignal<RunView[] | null>(null);
  const next = useSignal<string | null>(null);
  const older = useSignal<RunView[]>([]);
  const failure = useSignal<Error | null>(null);
  const chosen = useSignal<string[]>([]);
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
            Compare the two chosen
          </a>
        ) : (
          <span class="quiet">choose two to compare them</span>
        )}
      </div>
      <Failure error={failure.value} />
      {runs.value?.length === 0 ? <p>No runs yet.</p> : null}
      <ul class="runs">
        {[...(runs.value ?? []), ...older.value].map((run) => (
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

function RunRow({ run, isChosen, choose }: { run: RunView; isChosen: boolean; choose: () => void }) {
  const { connections } = run;
  return (
    <li>
      <label class="choose">
        <input type="checkbox" checked={isChosen} disabled={!run.hasReport} onChange={choose} aria-label={`compare ${run.id}`} />
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
            {connections.closedUnexpectedly > 0 ? `, ${grouped(connections.closedUnexpectedly)} closed unexpectedly` : ""}
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
