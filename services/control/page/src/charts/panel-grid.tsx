/** The panels of a theme in a grid without gaps; panels with nothing to draw are folded into a line. */
import { useSignal } from "@preact/signals";
import type { LiveTick } from "../live/live-stream.ts";
import { Chart } from "./chart.tsx";
import type { Phase } from "./chart-look.ts";
import type { Panel, PanelGroup } from "./panel.ts";
import { contentOf } from "./panels.ts";

interface GridProps {
  panels: readonly Panel[];
  ticks: readonly LiveTick[];
  phases: readonly Phase[];
}

/** Width in sixths for each of this many panels: three per row, with rows of two where that would leave a gap. */
function spansOf(count: number): number[] {
  if (count === 1) return [6];
  const pairs = count % 3 === 0 ? 0 : count % 3 === 2 ? 2 : 4;
  return Array.from({ length: count }, (_, index) => (index < count - pairs ? 2 : 3));
}

function Grid({ panels, ticks, phases }: GridProps) {
  const spans = spansOf(panels.length);
  return (
    <div class="panels">
      {panels.map((panel, index) => (
        <div key={panel.title} class={`cell span-${spans[index]}`}>
          <Chart panel={panel} ticks={ticks} phases={phases} />
        </div>
      ))}
    </div>
  );
}

function Folded({ why, panels, ticks, phases }: GridProps & { why: string }) {
  const isOpen = useSignal(false);
  if (panels.length === 0) return null;
  return (
    <details
      class="folded"
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
      }}
    >
      <summary>
        <span class="quiet">{why}:</span> {panels.map(({ title }) => title).join("; ")}
      </summary>
      {isOpen.value ? <Grid panels={panels} ticks={ticks} phases={phases} /> : null}
    </details>
  );
}

export function PanelSection({
  group,
  ticks,
  phases,
}: {
  group: PanelGroup;
  ticks: readonly LiveTick[];
  phases: readonly Phase[];
}) {
  const content = new Map(group.panels.map((panel) => [panel, contentOf(panel, ticks)]));
  const those = (kind: string) => group.panels.filter((panel) => content.get(panel) === kind);
  const drawn = those("lines");
  return (
    <section class="theme">
      <h2>{group.title}</h2>
      {drawn.length === 0 ? null : <Grid panels={drawn} ticks={ticks} phases={phases} />}
      <Folded why="All zero so far" panels={those("still")} ticks={ticks} phases={phases} />
      <Folded why="Not measured" panels={those("unmeasured")} ticks={ticks} phases={phases} />
    </section>
  );
}
