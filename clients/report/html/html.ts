/** The report of one run as a page of its own: opens anywhere, prints, needs no network and no script. */

import { renderComparisonHtml } from "../compare/compare-page.ts";
import { comparisonOf } from "../model/compare-block.ts";
import type { Interval, Report } from "../model/report.ts";
import { apiSection } from "./api-section.ts";
import { capacitySection } from "./capacity-section.ts";
import { causeSection } from "./cause-section.ts";
import { connectionSection } from "./connection-section.ts";
import { footerText, hostSection, leadText, limitSection, scenarioSection, titleText } from "./fact-section.ts";
import { latencySection } from "./latency-section.ts";
import { html } from "./markup.ts";
import { renderPage } from "./page.ts";
import { footprintSection, pipelineKeys, pipelineSection } from "./pipeline-section.ts";
import { profileSection } from "./profile-section.ts";
import type { ReportEvent, Section, SectionOf } from "./section.ts";
import { soakSection } from "./soak-section.ts";
import { compressionSection, regularitySection, slowReadersSection, stormSection, tlsSection } from "./storm-section.ts";
import { targetSection, trustSection } from "./usage-section.ts";
import { keyFigures, verdictBanner } from "./verdict-section.ts";

/** `sections`: what another kind adds; it stands first, below the key figures. */
export interface HtmlOptions {
  sections?: readonly SectionOf[];
}

const runSections: readonly SectionOf[] = [
  apiSection,
  capacitySection,
  soakSection,
  connectionSection,
  tlsSection,
  compressionSection,
  stormSection,
  latencySection,
  regularitySection,
  slowReadersSection,
  targetSection,
  causeSection,
  limitSection,
  trustSection,
  profileSection,
  hostSection,
  scenarioSection,
];
const pipelineSections: readonly SectionOf[] = [pipelineSection, footprintSection, limitSection, profileSection, hostSection, scenarioSection];

/** The page; `intervals` and `events` may be empty, and the charts then say so. */
export function renderHtml(report: Report, intervals: readonly Interval[] = [], events: readonly ReportEvent[] = [], options: HtmlOptions = {}): string {
  const comparison = comparisonOf(report);
  if (comparison !== null) return renderComparisonHtml(comparison);
  const sections = [...(options.sections ?? []), ...(report.kind === "pipeline" ? pipelineSections : runSections)]
    .map((section) => section(report, intervals, events))
    .filter((section): section is Section => section !== null);
  return renderPage({
    title: titleText(report),
    lead: leadText(report),
    opening: html`${verdictBanner(report)}${report.kind === "pipeline" ? pipelineKeys(report) : keyFigures(report)}`,
    sections,
    footer: footerText(report),
  });
}
