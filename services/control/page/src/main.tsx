/** The page: a header with links, and the view selected by the address. */
import { render } from "preact";
import { CompareView } from "./compare-view.tsx";
import { LiveView } from "./live/live-view.tsx";
import { place } from "./place.ts";
import { ReportView } from "./report-view.tsx";
import { RunsView } from "./runs-view.tsx";
import { StartView } from "./start/start-view.tsx";
import "uplot/dist/uPlot.min.css";
import "./style.css";
import "./live/live.css";
import "./charts/heatmap.css";
import "./start/form.css";

function View() {
  const at = place.value;
  switch (at.view) {
    case "runs":
      return <RunsView />;
    case "start":
      return <StartView />;
    case "run":
      return <LiveView key={at.id} id={at.id} />;
    case "report":
      return <ReportView key={at.id} id={at.id} />;
    case "compare":
      return <CompareView key={`${at.before}/${at.after}`} before={at.before} after={at.after} />;
  }
}

function Page() {
  const { view } = place.value;
  const current = (name: string) => (view === name ? ("page" as const) : undefined);
  return (
    <>
      <header>
        <a class="name" href="#/">
          Holdfast
        </a>
        <nav aria-label="Views">
          <a href="#/" aria-current={current("runs")}>
            Runs
          </a>
          <a href="#/start" aria-current={current("start")}>
            Start a run
          </a>
          <a href="/docs">API</a>
        </nav>
      </header>
      <main>
        <View />
      </main>
    </>
  );
}

const root = document.getElementById("app");
if (root !== null) render(<Page />, root);
