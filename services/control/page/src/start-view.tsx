/** Starting a run: a form from the schema, presets to begin from, and the pre-flight arithmetic before the button. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type ApiError, checkScenario, type Kind, type PreflightRow, readKinds, readPresets, readTargets, startRun, type Target } from "./api.ts";
import { Failure } from "./failure.tsx";
import { Fields, type Values } from "./scenario-form.tsx";

/** After the last key, before the service is asked. */
const settleMs = 400;

interface Offer {
  kinds: Kind[];
  scripts: string[];
  presets: { name: string; scenario: Values }[];
  targets: Target[];
  allowedHosts: string[];
  /** What to load where no built-in target is installed; null where one is. */
  note: string | null;
}

async function readOffer(): Promise<Offer> {
  const [{ kinds, faultScripts }, { presets }, { targets, allowedHosts, note }] = await Promise.all([readKinds(), readPresets(), readTargets()]);
  // Presets are comparisons of built-in targets.
  return { kinds, scripts: faultScripts, presets: note === null ? presets : [], targets, allowedHosts, note };
}

export function StartView() {
  const offer = useSignal<Offer | null>(null);
  const values = useSignal<Values>({ kind: "connections", target: "go", connections: 1000, hold: "30s", push: { interval: "2s" } });
  const failure = useSignal<Error | null>(null);
  const formKey = useSignal(0);
  useEffect(() => {
    readOffer()
      .then((answer) => {
        offer.value = answer;
        const [host] = answer.allowedHosts;
        if (answer.note !== null) values.value = { ...values.value, target: `ws://${host ?? location.hostname}:8101/push` };
      })
      .catch((error: Error) => {
        failure.value = error;
      });
  }, []);
  const { value: known } = offer;
  if (known === null) return <Failure error={failure.value} />;
  const kind = known.kinds.find(({ kind: name }) => name === values.value.kind) ?? known.kinds[0];
  const begin = (next: Values) => {
    values.value = next;
    formKey.value++;
  };
  // What both kinds know is kept.
  const carried = (name: string): Values => {
    const fields = known.kinds.find((each) => each.kind === name)?.schema.properties ?? {};
    return "target" in fields && "target" in values.value ? { target: values.value.target } : {};
  };
  const context = { values, targets: known.targets, scripts: known.scripts, refused: kind?.refused ?? [] };
  return (
    <section>
      <div class="bar">
        <h1>Start a run</h1>
        <label>
          Kind{" "}
          <select
            name="kind"
            value={String(values.value.kind)}
            onChange={(event) => begin({ kind: event.currentTarget.value, ...carried(event.currentTarget.value) })}
          >
            {known.kinds.map(({ kind: name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          Preset{" "}
          <select name="preset" onChange={(event) => begin(known.presets.find(({ name }) => name === event.currentTarget.value)?.scenario ?? values.value)}>
            <option value="">none</option>
            {known.presets.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </div>
      <p class="quiet">{kind?.description}</p>
      {known.note === null ? null : <p role="note">{known.note}</p>}
      <div class="start">
        <form key={formKey.value} onSubmit={(event) => event.preventDefault()} aria-label="Scenario">
          {kind === undefined ? null : <Fields schema={kind.schema} path={[]} context={context} />}
        </form>
        <Preflight scenario={values.value} />
      </div>
    </section>
  );
}

function Preflight({ scenario }: { scenario: Values }) {
  const rows = useSignal<PreflightRow[] | null>(null);
  const verdict = useSignal<PreflightRow["verdict"] | null>(null);
  const failure = useSignal<Error | null>(null);
  const isStarting = useSignal(false);
  useEffect(() => {
    let isCurrent = true;
    const timer = setTimeout(async () => {
      try {
        const answer = await checkScenario(scenario);
        if (!isCurrent) return;
        rows.value = answer.rows;
        verdict.value = answer.verdict;
        failure.value = null;
      } catch (error) {
        if (!isCurrent) return;
        verdict.value = null;
        failure.value = error as ApiError;
      }
    }, settleMs);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [scenario]);
  const start = async () => {
    isStarting.value = true;
    try {
      const { runs } = await startRun(scenario);
      location.hash = runs.length === 1 ? `#/run/${runs[0]?.id}` : "#/";
    } catch (error) {
      failure.value = error as Error;
      isStarting.value = false;
    }
  };
  const wanting = (rows.value ?? []).filter((row) => row.verdict !== "ok");
  return (
    <aside aria-labelledby="preflight-title">
      <h2 id="preflight-title">Pre-flight</h2>
      <Failure error={failure.value} />
      {verdict.value === null ? null : (
        <p class={verdict.value === "ok" ? "good" : verdict.value === "warn" ? "" : "bad"} aria-live="polite">
          {verdict.value === "ok"
            ? "This machine can carry the plan."
            : verdict.value === "warn"
              ? "It can be run; see what is marked."
              : "This machine cannot carry the plan."}
        </p>
      )}
      <ul class="wanting">
        {wanting.map(({ row, fix }) => (
          <li key={row}>
            <strong>{row}</strong>: {fix}
          </li>
        ))}
      </ul>
      <details>
        <summary>The arithmetic</summary>
        <dl>
          {(rows.value ?? []).map((row) => (
            <div key={row.row}>
              <dt>
                <span class={`outcome ${row.verdict === "ok" ? "pass" : row.verdict === "warn" ? "invalid" : "fail"}`}>{row.verdict}</span> {row.row}:{" "}
                {row.value}
              </dt>
              <dd class="quiet">needs {row.need}</dd>
            </div>
          ))}
        </dl>
      </details>
      <p>
        <button
          type="button"
          class="primary"
          name="start"
          disabled={verdict.value === null || verdict.value === "refuse" || isStarting.value}
          onClick={() => void start()}
        >
          Start
        </button>
      </p>
    </aside>
  );
}
