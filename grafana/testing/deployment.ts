/** Reads the files that deploy Holdfast, for the tests that hold them against each other. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { projectFolder } from "../project-folder.ts";

export interface ComposeService {
  image?: string;
  build?: { context: string; dockerfile: string; args?: Record<string, string> };
  command?: string[];
  stop_grace_period?: string;
  profiles?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test?: string[]; disable?: boolean };
  ulimits?: { nofile: { soft: number; hard: number } };
  sysctls?: Record<string, string>;
  cpus?: number;
  mem_limit?: string;
  network_mode?: string;
  extra_hosts?: string[];
  read_only?: boolean;
}

export interface ComposeFile {
  services: Record<string, ComposeService>;
  volumes?: Record<string, unknown>;
}

/** Compose's own tags: what stands under `!reset` is removed when files are merged. */
const reset = [
  { tag: "!reset", collection: "seq" as const, resolve: () => [] },
  { tag: "!reset", collection: "map" as const, resolve: () => ({}) },
];

export const readText = (path: string): string => readFileSync(join(projectFolder, path), "utf8");

/** Parses a YAML file of the project, merge keys included; throws on one that is not well formed. */
export function readYaml<T>(path: string): T {
  return parse(readText(path), { merge: true, customTags: reset, strict: true }) as T;
}

/** The value after a flag of a command: `--port 8080` or `--port=8080`. */
export function flagOf({ command = [] }: ComposeService, flag: string): string | undefined {
  const at = command.indexOf(flag);
  return at >= 0 ? command[at + 1] : command.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1);
}

/** Where a path of the project is mounted in a service's container. */
export function mountOf({ volumes = [] }: ComposeService, path: string): string | undefined {
  return volumes.map((volume) => volume.split(":")).find(([source]) => source === `./${path}`)?.[1];
}

/** A setting of an ini file, `section.name`. */
export function settingOf(ini: string, section: string, name: string): string | undefined {
  const body = ini.split(/^\[/m).find((part) => part.startsWith(`${section}]`));
  return new RegExp(`^${name} *= *(.*)$`, "m").exec(body ?? "")?.[1];
}
