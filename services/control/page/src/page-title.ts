/** The document's title, one for each view: tabs, bookmarks and screen readers tell them apart by it. */
import { useEffect } from "preact/hooks";

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Holdfast`;
  }, [title]);
}
