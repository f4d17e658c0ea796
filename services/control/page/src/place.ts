/** The page's location: the part of the address after #. */
import { signal } from "@preact/signals";

export type Place =
  | { view: "runs" }
  | { view: "start" }
  | { view: "run"; id: string }
  | { view: "report"; id: string }
  | { view: "compare"; before: string; after: string };

export function placeOf(hash: string): Place {
  const [view, first, second] = hash.replace(/^#\/?/, "").split("/");
  if (view === "start") return { view };
  if ((view === "run" || view === "report") && first !== undefined) return { view, id: first };
  if (view === "compare" && first !== undefined && second !== undefined) return { view, before: first, after: second };
  return { view: "runs" };
}

export const place = signal<Place>(placeOf(location.hash));
addEventListener("hashchange", () => {
  place.value = placeOf(location.hash);
});
