/** `holdfast targets`: the built-in targets, and what is missing for those that cannot run here. */
import type { Command } from "commander";
import { checkAvailability } from "../../target/availability.ts";
import { needsBuild } from "../../target/build.ts";
import { readManifests } from "../../target/manifest.ts";

export function addTargetsCommand(program: Command, exit: (code: number) => void): void {
  program
    .command("targets")
    .description("list the built-in targets and whether they can run here")
    .option("--json", "print them as JSON")
    .action(async (flags: { json?: boolean }) => {
      const targets = await Promise.all(
        readManifests().map(async (manifest) => {
          const availability = await checkAvailability(manifest);
          return {
            name: manifest.name,
            title: manifest.title,
            ...availability,
            isBuilt: availability.state === "available" && !needsBuild(manifest),
          };
        }),
      );
      const lines = targets.map((target) => {
        const head = `${target.name.padEnd(10)} ${target.state.padEnd(11)} ${target.title}`;
        if (target.state === "unavailable")
          return `${head}\n${" ".repeat(11)}${target.why}\n${" ".repeat(11)}install: ${target.install}`;
        return target.isBuilt
          ? head
          : `${head}\n${" ".repeat(11)}not built yet: it is built on first use, or by npm run setup`;
      });
      process.stdout.write(flags.json === true ? `${JSON.stringify(targets)}\n` : `${lines.join("\n")}\n`);
      exit(0);
    });
}
