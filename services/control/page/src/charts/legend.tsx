/** A panel's legend: names and values in separate cells, so that nothing moves when a value changes. */
import { colourOf, isDashed } from "./meaning-colours.ts";

export interface LegendEntry {
  label: string;
  value: string;
}

export function Legend({ entries, isDark }: { entries: readonly LegendEntry[]; isDark: boolean }) {
  return (
    <dl class="legend">
      {entries.map(({ label, value }) => (
        <div key={label}>
          <dt title={label}>
            <span
              class={isDashed(label) ? "swatch dashed" : "swatch"}
              style={{ color: colourOf(label, isDark) }}
              aria-hidden="true"
            />
            {label}
          </dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
