/** Two runs, figure by figure. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Diff, readDiff } from "./api.ts";
import { Failure } from "./failure.tsx";
import { inUnit } from "./figures.ts";
import { useTitle } from "./page-title.ts";

const units: Record<string, string> = {
  milliseconds: "ms",
  mebibytes: "MiB",
  kibibytes: "KiB",
  cores: "cores",
  ratio: "",
};

export function CompareView({ before, after }: { before: string; after: string }) {
  const diff = useSignal<Diff | null>(null);
  useTitle("Comparison of two runs");
  const failure = useSignal<Error | null>(null);
  useEffect(() => {
    readDiff(before, after)
      .then((answer) => {
        diff.value = answer;
      })
      .catch((error: Error) => {
        failure.value = error;
      });
  }, [before, after]);
  return (
    <section>
      <div class="bar">
        <h1>Comparison</h1>
        <a class="button" href={`/compare.html?before=${before}&after=${after}`} target="_blank" rel="noopener">
          Charts on one page
        </a>
        <a class="button" href={`#/compare/${after}/${before}`}>
          Swap
        </a>
      </div>
      <p class="quiet">
        before <a href={`#/report/${before}`}>{before}</a>, after <a href={`#/report/${after}`}>{after}</a>
      </p>
      <Failure error={failure.value} />
      {diff.value === null ? null : <DiffTable diff={diff.value} />}
    </section>
  );
}

function DiffTable({ diff }: { diff: Diff }) {
  return (
    <>
      <p class={diff.isConclusive && !diff.isRegression ? "good" : "bad"} id="outcome">
        {!diff.isConclusive
          ? "Inconclusive: at least one of the runs is invalid or unfinished."
          : diff.isRegression
            ? "The second run is worse beyond noise."
            : "No regression beyond noise."}
      </p>
      <ul>
        {diff.notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
      <div class="wide">
        <table>
          <thead>
            <tr>
              {["figure", "before", "after", "ratio", "noise", "", "noise from"].map((title) => (
                <th scope="col" key={title}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {diff.rows.map((row) => (
              <tr key={row.figure}>
                <th scope="row">{row.title}</th>
                <td>{inUnit(row.before, units[row.unit] ?? "")}</td>
                <td>{inUnit(row.after, units[row.unit] ?? "")}</td>
                <td>{inUnit(row.ratio, "")}</td>
                <td>{row.noise === null ? "–" : `± ${inUnit(row.noise, units[row.unit] ?? "")}`}</td>
                <td class={row.verdict === "worse" ? "bad" : row.verdict === "better" ? "good" : ""}>{row.verdict}</td>
                <td class="quiet">{row.why}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
