/** A colour of its own for each cause: grey for what we asked for, warm for what was refused or lost. */
import { causeList, isClosedByGenerator } from "../clients/measure/cause.ts";
import type { LineColour } from "./panel-spec.ts";

const grey = "#9A9A9A";
const lost = causeList.filter((cause) => !isClosedByGenerator(cause));

/** From magenta over red and orange to yellow, in two shades in turn, so that neighbours differ. */
function warm(index: number): string {
  const hue = (320 + Math.round((index * 100) / lost.length)) % 360;
  return `hsl(${hue}, 85%, ${index % 2 === 0 ? 50 : 65}%)`;
}

export const causeColours: Readonly<Record<string, LineColour>> = Object.fromEntries([
  ["none", { color: grey }],
  ...causeList.map((cause) => [cause, { color: lost.includes(cause) ? warm(lost.indexOf(cause)) : grey }]),
]);
