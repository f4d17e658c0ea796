/** What MQTT adds, on the report's page. */
import type { Report } from "../model/report.ts";
import { mqttText } from "../text/mqtt-text.ts";
import { html } from "./markup.ts";
import type { Section } from "./section.ts";

export function mqttSection(report: Report): Section | null {
  const block = mqttText(report);
  return block === null ? null : { id: "mqtt", title: block.title, body: html`${block.lines.map((line) => html`<p>${line}</p>`)}` };
}
