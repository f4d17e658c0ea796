/** `holdfast init KIND`: a commented scenario for what the user runs. A file that is there is kept. */
import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { ConnectionError } from "../../connection/connection-error.ts";
import type { ProtocolName } from "../../connection/engine.ts";
import { parseTarget } from "../../connection/resolve-endpoint.ts";
import {
  type BeginningName,
  beginningNames,
  beginningTitles,
  startingScenario,
} from "../../scenario/presets/starting-scenario.ts";
import { parseScenarioText, readScenario } from "../../scenario/read-scenario.ts";
import type { Scenario } from "../../scenario/schema.ts";
import { exitCodes } from "../exit-code.ts";
import { UsageError } from "../failure.ts";

const width = Math.max(...beginningNames.map((name) => name.length));
const list = beginningTitles.map(([name, title]) => `  ${name.padEnd(width)}  ${title}`).join("\n");
const isKnown = (name: string): name is BeginningName => (beginningNames as string[]).includes(name);

export function addInitCommand(program: Command, exit: (code: number) => void): void {
  program
    .command("init")
    .argument("[SERVICE]", "what you run; see the list below")
    .argument("[FILE]", "where the scenario goes, - for stdout", "holdfast.yaml")
    .description("write a commented scenario for what you run, to begin with")
    .option("--target <URL>", "your service's address; one of the usual shape when left out")
    .option("--force", "overwrite a file that is there")
    .addHelpText("after", `\nServices:\n${list}`)
    .action((name: string | undefined, file: string, flags: { target?: string; force?: boolean }) => {
      if (name === undefined || !isKnown(name))
        throw new UsageError(
          `init: expected what you run${name === undefined ? "" : `, got "${name}"`}; one of\n${list}`,
        );
      const text = startingScenario(name, flags.target);
      checkTarget(readScenario(parseScenarioText(text, file)));
      if (file === "-") process.stdout.write(text);
      else {
        write(file, text, flags.force === true);
        process.stdout.write(`wrote ${file}; edit it, then: holdfast run ${file}\n`);
      }
      exit(exitCodes.pass);
    });
}

/** A target that the service could not have says so now, not when the file is run. Throws a UsageError. */
function checkTarget(scenario: Scenario): void {
  const { target, protocol = "http" } = scenario as { target?: string | string[]; protocol?: ProtocolName };
  const [url = ""] = [target ?? []].flat();
  try {
    if (url.includes("//")) parseTarget(url, protocol);
  } catch (error) {
    if (error instanceof ConnectionError) throw new UsageError(`--target: ${error.message}`);
    throw error;
  }
}

function write(file: string, text: string, overwrites: boolean): void {
  try {
    writeFileSync(file, text, { flag: overwrites ? "w" : "wx" });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(
      code === "EEXIST"
        ? `${file} is there already and was left as it is; --force overwrites it`
        : `${file}: ${message}`,
    );
  }
}
