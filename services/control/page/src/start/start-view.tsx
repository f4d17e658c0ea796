/** Starting a run: a form generated from the schema, presets, and the pre-flight before the button. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import {
  type ApiError,
  checkScenario,
  type Kind,
  type PreflightRow,
  readKinds,
  readPresets,
  readTargets,
  startRun,
  type Target,
} from "../api.ts";
import { Failure } from "../failure.tsx";
import { useTitle } from "../page-title.ts";
import { ScenarioFields, type Values } from "./scenario-form.tsx";

/** Delay between the last keystroke and the request to the service. */
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
  const [{ kinds, faultScripts }, { presets }, { targets, allowedHosts, note }] = await Promise.all([
    readKinds(),
    readPresets(),
    readTargets(),
  ]);
  // Presets are comparisons of built-in targets.
  return { kinds, scripts: faultScripts, presets: note === null ? presets : [], targets, allowedHosts, note };
}

export function StartView() {
  const offer = useSignal<Offer | null>(null);
  const values = useSignal<Values>({
    kind: "connections",
    target: "go",
    connections: 1000,
    hold: "30s",
    push: { interval: "2s" },
  });
  const failure = useSignal<Error | null>(null);
  useEffect(() => {
    readOffer()
      .then((answer) => {
        offer.value = answer;
        const [host] = answer.allowedHosts;
        if (answer.note !== null)
          values.value = { ...values.value, target: `ws://${host ?? location.hostname}:8101/push` };
      })
      .catch((error: Error) => {
        failure.value = error;
      });
  }, []);
  useTitle("Start a run");
  const { value: known } = offer;
  if (known === null) return <Failure error={failure.value} />;
  return <StartForm known={known} values={values} />;
}

function StartForm({ known, values }: { known: Offer; values: Signal<Values> }) {
  const formKey = useSignal(0);
  const kind = known.kinds.find(({ kind: name }) => name === values.value.kind) ?? known.kinds[0];
  const begin = (next: Values) => {
    values.value = next;
    formKey.value++;
  };
  // Fields that both kinds have are kept.
  const carried = (name: string): Values => {
    const fields = known.kinds.find((each) => each.kind === name)?.schema.properties ?? {};
    return "target" in fields && "target" in values.value ? { target: values.value.target } : {};
  };
  const context = { values, targets: known.targets, scripts: known.scripts, refused: kind?.refused ?? [] };
  const check = useCheck(values.value);
  const isStarting = useSignal(false);
  const mayStart = check.value.verdict !== null && check.value.verdict !== "refuse" && !isStarting.value;
  const start = async () => {
    if (!mayStart) return;
    isStarting.value = true;
    try {
      const { runs } = await startRun(values.value);
      location.hash = runs.length === 1 ? `#/run/${runs[0]?.id}` : "#/";
    } catch (error) {
      check.value = { ...check.value, failure: error as Error };
      isStarting.value = false;
    }
  };
  const submit = (event: Event) => {
    event.preventDefault();
    void start();
  };
  return (
    <section>
      <div class="bar start-bar">
        <h1>Start a run</h1>
        <Beginnings known={known} kind={String(values.value.kind)} begin={begin} carried={carried} />
        <button type="button" class="primary" name="start" disabled={!mayStart} onClick={() => void start()}>
          {isStarting.value ? "Starting" : "Start"}
        </button>
        <Verdict check={check.value} />
      </div>
      <p class="quiet">{kind?.description}</p>
      {known.note === null ? null : <p role="note">{known.note}</p>}
      <div class="start">
        <form key={formKey.value} onSubmit={submit} aria-label="Scenario">
          {kind === undefined ? null : <ScenarioFields schema={kind.schema} context={context} />}
          {/* Enter in a field starts, as in any form. */}
          <button type="submit" hidden />
        </form>
        <Preflight check={check.value} />
      </div>
    </section>
  );
}

interface BeginningsProps {
  known: Offer;
  kind: string;
  begin: (next: Values) => void;
  carried: (kind: string) => Values;
}

/** Initial values of the form. */
function Beginnings({ known, kind, begin, carried }: BeginningsProps) {
  return (
    <>
      <label>
        Kind{" "}
        <select
          name="kind"
          value={kind}
          onChange={(event) => begin({ kind: event.currentTarget.value, ...carried(event.currentTarget.value) })}
        >
          {known.kinds.map(({ kind: name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      {known.presets.length === 0 ? null : (
        <label>
          Preset{" "}
          <select
            name="preset"
            onChange={(event) => {
              const preset = known.presets.find(({ name }) => name === event.currentTarget.value);
              if (preset !== undefined) begin(preset.scenario);
            }}
          >
            <option value="">none</option>
            {known.presets.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
    </>
  );
}

interface Check {
  rows: PreflightRow[];
  verdict: PreflightRow["verdict"] | null;
  failure: Error | null;
}

/** The service's response to a scenario, shortly after its last change. */
function useCheck(scenario: Values) {
  const check = useSignal<Check>({ rows: [], verdict: null, failure: null });
  useEffect(() => {
    let isCurrent = true;
    const timer = setTimeout(async () => {
      try {
        const { rows, verdict } = await checkScenario(scenario);
        if (isCurrent) check.value = { rows, verdict, failure: null };
      } catch (error) {
        if (isCurrent) check.value = { ...check.value, verdict: null, failure: error as ApiError };
      }
    }, settleMs);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [scenario]);
  return check;
}

const verdictTexts = {
  ok: "This machine can handle the plan.",
  warn: "The plan can be run; see the warnings.",
  refuse: "This machine cannot handle the plan.",
} as const;

function Verdict({ check: { verdict, failure } }: { check: Check }) {
  if (verdict === null)
    return (
      <span class={failure === null ? "quiet" : "bad"} aria-live="polite">
        {failure === null ? "Checking." : "The scenario has problems; see the pre-flight check."}
      </span>
    );
  return (
    <span class={verdict === "ok" ? "good" : verdict === "warn" ? "" : "bad"} aria-live="polite">
      {verdictTexts[verdict]}
    </span>
  );
}

function Preflight({ check: { rows, failure } }: { check: Check }) {
  const wanting = rows.filter((row) => row.verdict !== "ok");
  return (
    <aside aria-labelledby="preflight-title">
      <h2 id="preflight-title">Pre-flight</h2>
      <Failure error={failure} />
      <ul class="wanting">
        {wanting.map(({ row, fix }) => (
          <li key={row}>
            <strong>{row}</strong>: {fix}
          </li>
        ))}
      </ul>
      <details>
        <summary>Calculation</summary>
        <dl>
          {rows.map((row) => (
            <div key={row.row}>
              <dt>
                <span class={`outcome ${row.verdict === "ok" ? "pass" : row.verdict === "warn" ? "invalid" : "fail"}`}>
                  {row.verdict}
                </span>{" "}
                {row.row}: {row.value}
              </dt>
              <dd class="quiet">needs {row.need}</dd>
            </div>
          ))}
        </dl>
      </details>
    </aside>
  );
}
