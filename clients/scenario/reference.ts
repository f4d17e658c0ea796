/** docs/scenario.md's table of fields, made from the schema. `node dist/clients/scenario/reference.js` writes it. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { scenarioFields } from "./fields.ts";
import { limitFigures } from "./limit.ts";
import { type ScenarioKind, scenarioKinds } from "./schema.ts";

/** The generated part of docs/scenario.md. */
export function scenarioReference(): string {
  const kinds = Object.keys(scenarioKinds) as ScenarioKind[];
  const seen = new Set<string>();
  const sections = kinds.map((kind) => {
    const fields = scenarioFields(kind);
    const rows = fields.filter(({ path, description }) => !seen.has(`${path.join(".")} ${description}`));
    const known = new Set(
      fields.filter((field) => !rows.includes(field)).map(({ path }) => `\`${String(path[0]).replace("[]", "")}\``),
    );
    for (const { path, description } of fields) seen.add(`${path.join(".")} ${description}`);
    const lines = rows.map(({ path, type, choices, fallback, description }) => {
      const kindOfValue = choices.length > 0 ? choices.map((choice) => `\`${choice}\``).join(" ") : type;
      return `| \`${path.join(".")}\` | ${kindOfValue} | ${fallback === undefined ? "" : `\`${fallback}\``} | ${description.replaceAll("|", "\\|")} |`;
    });
    const also = known.size > 0 ? `\nAnd, as described above: ${[...known].join(", ")}.\n` : "";
    return `### kind: ${kind}\n${(scenarioKinds[kind] as { description?: string }).description ?? ""}\n\n| field | value | default | meaning |\n|---|---|---|---|\n${lines.join("\n")}\n${also}`;
  });
  return `${sections.join("\n")}\n### Figures a limit may name\n${limitFigures.map((figure) => `\`${figure}\``).join(", ")}\n`;
}

const begin = "<!-- made by clients/scenario/reference.ts -->\n";
const end = "<!-- end of what is made -->";

/** The page with its generated part made anew. */
export function withReference(page: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error("docs/scenario.md: expected the two marks of the generated part");
  return `${page.slice(0, from + begin.length)}\n${scenarioReference()}\n${page.slice(to)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = fileURLToPath(new URL("../../../docs/scenario.md", import.meta.url));
  writeFileSync(page, withReference(readFileSync(page, "utf8")));
}
