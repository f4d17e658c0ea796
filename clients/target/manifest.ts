/**
 * `target.json`: how the targets of one folder are built, started and run (docs/targets.md). One schema defines the
 * type and the validation.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { type Static, Type } from "#typebox";
import { Value } from "#typebox/value";
import { projectRoot } from "./project-root.ts";
import { TargetError } from "./target-error.ts";

const strict = { additionalProperties: false };
const Command = Type.Array(Type.String({ minLength: 1 }), {
  minItems: 1,
  description: "an argument list, run in the folder, never through a shell",
});
const Path = Type.String({ minLength: 1, description: "relative to the folder" });

const Need = Type.Object(
  {
    check: Command,
    install: Type.String({ minLength: 1, description: "what to run if the check does not exit 0" }),
    apt: Type.Optional(
      Type.Array(Type.String({ pattern: "^[a-z0-9][a-z0-9.+-]*$" }), {
        description: "Debian packages that satisfy it",
      }),
    ),
  },
  strict,
);

const Arguments = Type.Array(Type.String({ minLength: 1 }), { description: "added to the end of a command" });
const Profiler = Type.Object(
  {
    format: Type.Union([Type.Literal("pprof"), Type.Literal("pstats"), Type.Literal("cpuprofile")], {
      description: "what it writes; cpuprofile needs no arguments, the flags are Node's",
    }),
    serve: Type.Optional(Arguments),
    pipeline: Type.Optional(Arguments),
    toJson: Type.Optional(Command),
  },
  strict,
);

const Target = Type.Object(
  {
    name: Type.String({ pattern: "^[a-z][a-z0-9-]*$" }),
    title: Type.String({ minLength: 1 }),
    needs: Type.Array(Need),
    build: Type.Array(Command),
    inputs: Type.Array(Path, { description: "files, folders or patterns (* and **) the build reads" }),
    output: Type.Optional(
      Type.String({ description: "what the build produces; absent or empty if the main build produces it" }),
    ),
    start: Command,
    tls: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: "arguments added to start to make the target serve TLS; absent: it cannot",
      }),
    ),
    pipeline: Type.Array(Type.Object({ variant: Type.String({ minLength: 1 }), command: Command }, strict)),
    deployable: Type.Array(Path),
    protocols: Type.Optional(
      Type.Array(Type.String(), {
        description: "protocols for long connections; default: websocket, sse and tcp",
      }),
    ),
    profiler: Type.Optional(Profiler),
  },
  strict,
);
const Manifest = Type.Object({ targets: Type.Array(Target, { minItems: 1 }) }, strict);

export type Need = Static<typeof Need>;

/** One target of a manifest, with the folder its commands run in. */
export interface ManifestTarget extends Static<typeof Target> {
  folder: string;
}

/** Fields filled into `start`; faults and account are the rehearsal target's script and account file. */
export const startFields = ["host", "port", "tcpPort", "faults", "account"] as const;
/** Fields filled into `tls`: PEM files. */
const tlsFields = ["certificate", "key"] as const;
const pipelineFields = ["file"] as const;
/** Fields filled into the profiler's arguments: the profile's path, or the address where a server serves it. */
const profilerFields = ["profile", "address"] as const;

function* placeholderProblems(where: string, command: readonly string[], known: readonly string[]): Generator<string> {
  for (const part of command) {
    for (const [whole, field] of part.matchAll(/\{([a-zA-Z]+)\}/g)) {
      // Go templates ({{index …}}) are left to the program.
      if (!known.includes(field ?? "") && !part.includes("{{")) {
        yield `${where}: expected one of ${known.map((name) => `{${name}}`).join(", ")}, got ${whole}`;
      }
    }
  }
}

function* targetProblems(target: Static<typeof Target>, where: string): Generator<string> {
  yield* placeholderProblems(`${where}/start`, target.start, startFields);
  yield* placeholderProblems(`${where}/tls`, target.tls ?? [], tlsFields);
  for (const [index, { command }] of target.pipeline.entries())
    yield* placeholderProblems(`${where}/pipeline/${index}/command`, command, pipelineFields);
  for (const [name, command] of Object.entries(target.profiler ?? {})) {
    if (Array.isArray(command)) yield* placeholderProblems(`${where}/profiler/${name}`, command, profilerFields);
  }
  if (!target.start.join(" ").includes("{port}"))
    yield `${where}/start: expected {port} in the command, or the target cannot be told where to listen`;
  if (target.build.length > 0 && !target.output)
    yield `${where}/output: expected the file the build makes, got nothing`;
  for (const path of [...target.inputs, ...target.deployable, target.output ?? ""]) {
    if (isAbsolute(path)) yield `${where}: expected paths relative to the folder, got ${path}`;
  }
}

/** Checks the parsed text of one target.json: returns its targets, or every problem found (never both). */
export function checkManifest(value: unknown, file: string): { targets: Static<typeof Target>[]; problems: string[] } {
  const problems: string[] = [];
  for (const error of Value.Errors(Manifest, value)) {
    const unknown = error.keyword === "additionalProperties" ? `: ${error.params.additionalProperties.join(", ")}` : "";
    problems.push(`${file}${error.instancePath || "/"}: ${error.message}${unknown}`);
  }
  if (problems.length > 0) return { targets: [], problems };
  const { targets } = value as Static<typeof Manifest>;
  for (const [index, target] of targets.entries()) problems.push(...targetProblems(target, `${file}/targets/${index}`));
  return problems.length > 0 ? { targets: [], problems } : { targets, problems };
}

function readOne(path: string, file: string): { targets: Static<typeof Target>[]; problems: string[] } {
  try {
    return checkManifest(JSON.parse(readFileSync(path, "utf8")), file);
  } catch (error) {
    return { targets: [], problems: [`${file}: expected JSON, ${(error as Error).message}`] };
  }
}

/**
 * Every target of services/target-x/target.json below `root`, by folder. Throws `manifest-invalid` with all problems of
 * all files.
 */
export function readManifests(root: string = projectRoot): ManifestTarget[] {
  const services = join(root, "services");
  const found: ManifestTarget[] = [];
  const problems: string[] = [];
  const folders = existsSync(services) ? readdirSync(services).filter((name) => name.startsWith("target-")) : [];
  for (const name of folders.sort()) {
    const folder = join(services, name);
    const path = join(folder, "target.json");
    if (!existsSync(path)) continue;
    const one = readOne(path, relative(root, path));
    problems.push(...one.problems);
    for (const target of one.targets) {
      if (found.some((other) => other.name === target.name))
        problems.push(`${relative(root, path)}: expected a unique name, got ${target.name} again`);
      found.push({ ...target, folder });
    }
  }
  if (problems.length > 0) throw new TargetError("manifest-invalid", problems.join("\n"));
  return found;
}

/** The target called `name`. Throws `target-unknown`, listing the existing ones. */
export function findTarget(targets: readonly ManifestTarget[], name: string): ManifestTarget {
  const target = targets.find((one) => one.name === name);
  if (target !== undefined) return target;
  const names = targets.map((one) => one.name).join(", ");
  throw new TargetError(
    "target-unknown",
    `target: expected ${names} or a URL (ws://, wss://, http://, https://, tcp://, nats://, mqtt://, mqtts://), got "${name}"`,
  );
}

/** Whether a target supports a protocol for long connections. */
export function speaks(target: Pick<ManifestTarget, "protocols">, protocol: string): boolean {
  return (target.protocols ?? contractProtocols).includes(protocol);
}

/** The protocols of docs/targets.md, which every target supports. */
const contractProtocols: readonly string[] = ["websocket", "sse", "tcp", "http"];

/** A command with its {fields} filled in; `node` is the path of the running Node. */
export function fillCommand(command: readonly string[], fields: Readonly<Record<string, string>>): string[] {
  const filled = command.map((part) =>
    part.replaceAll(/\{([a-zA-Z]+)\}/g, (whole, field: string) => fields[field] ?? whole),
  );
  return filled[0] === "node" ? [process.execPath, ...filled.slice(1)] : filled;
}
