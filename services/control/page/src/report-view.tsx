/** A run's report: the self-contained HTML page in a frame without access to this page or service. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { deleteRun, listRuns, type RunView, readRun } from "./api.ts";
import { Failure } from "./failure.tsx";
import { useTitle } from "./page-title.ts";
import { hrefOf, outcomeOf } from "./runs-view.tsx";

export function ReportView({ id }: { id: string }) {
  const run = useSignal<RunView | null>(null);
  const others = useSignal<RunView[]>([]);
  const failure = useSignal<Error | null>(null);
  useEffect(() => {
    const load = async () => {
      run.value = (await readRun(id)).run;
      others.value = (await listRuns()).runs.filter((other) => other.id !== id && other.hasReport);
    };
    load().catch((error: Error) => {
      failure.value = error;
    });
  }, [id]);
  useTitle(`Report: ${run.value === null ? id : (run.value.title ?? `${run.value.kind} on ${run.value.target}`)}`);
  const remove = async () => {
    if (!confirm("Delete this run and all its files?")) return;
    try {
      await deleteRun(id);
      location.hash = "#/";
    } catch (error) {
      failure.value = error as Error;
    }
  };
  const compare = (event: Event) => {
    const other = (event.currentTarget as HTMLSelectElement).value;
    if (other !== "") location.hash = other < id ? `#/compare/${other}/${id}` : `#/compare/${id}/${other}`;
  };
  return (
    <section class="report">
      <div class="bar">
        <h1>
          Report{" "}
          {run.value === null ? "" : <span class={`outcome ${outcomeOf(run.value)}`}>{outcomeOf(run.value)}</span>}
        </h1>
        <a class="button" href={`/runs/${id}/report.html`} target="_blank" rel="noopener">
          Open in a new tab
        </a>
        <a class="button" href={`/runs/${id}/report`}>
          JSON
        </a>
        <a class="button" href={`#/run/${id}`}>
          Charts
        </a>
        <label>
          Compare with{" "}
          <select onChange={compare}>
            <option value="">a run</option>
            {others.value.map((other) => (
              <option key={other.id} value={other.id}>
                {other.id}
              </option>
            ))}
          </select>
        </label>
        <button type="button" onClick={() => void remove()}>
          Delete
        </button>
      </div>
      <Failure error={failure.value} />
      {run.value !== null && hrefOf(run.value).startsWith("#/run/") ? <p>This run has no final report yet.</p> : null}
      <iframe title="Report" src={`/runs/${id}/report.html`} sandbox="allow-scripts" />
    </section>
  );
}
