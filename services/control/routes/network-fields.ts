/**
 * Scenario fields that a caller on the network may not set, because they refer to local processes or files, or to
 * addresses other than the target's. They are available on the command line; the service refuses them by name, in
 * whatever block they occur.
 */

import { shippedScripts } from "../../../clients/run/prepare/run-target.ts";
import type { Problem } from "../../../clients/scenario/problems/problem-bounds.ts";
import { isModulePath } from "../../../clients/scenario/read-scenario.ts";
import { readManifests } from "../../../clients/target/manifest.ts";

/** Why each is refused. */
export const localFields: Readonly<Record<string, string>> = {
  pid: "names a process on this machine",
  certificateAuthority: "names a file on this machine",
  certificate: "names a file on this machine",
  key: "names a file on this machine",
  redis: "makes the target dial an address chosen by the caller",
  file: "names a file on this machine",
  protocolModule: "names a file on this machine",
  log: "names a file on this machine",
  output: "names a file on this machine",
  command: "names a command",
  keeper: "makes the service send a token of this machine to an address chosen by the caller",
  keeperTokenFile: "names a file on this machine",
  account: "names a file on this machine",
};

/** The fault scripts a caller may use. */
export function scriptNames(): string[] {
  const manifest = readManifests().find(({ name }) => name === "rehearsal");
  return manifest === undefined ? [] : shippedScripts(manifest.folder);
}

/** Every field of a scenario that may not be set over the network. */
export function networkProblems(scenario: unknown, at: readonly string[] = []): Problem[] {
  if (typeof scenario !== "object" || scenario === null) return [];
  return Object.entries(scenario).flatMap(([name, value]): Problem[] => {
    const path = [...at, name];
    const field = path.join(".");
    // Header names are arbitrary.
    if (name === "headers") return [];
    if (Object.hasOwn(localFields, name) && !Array.isArray(scenario))
      return [
        { field, text: `${localFields[name]}; not accepted from the network, use the command line on this machine` },
      ];
    if (name === "protocol" && isModulePath(value))
      return [
        {
          field,
          text: "names a file on this machine; not accepted from the network, use the command line on this machine",
        },
      ];
    if (name === "faults") return faultProblems(field, value);
    return networkProblems(value, path);
  });
}

function faultProblems(field: string, value: unknown): Problem[] {
  const names = scriptNames();
  if (typeof value === "string" && names.includes(value)) return [];
  return [{ field, text: `expected the name of a shipped script, not a path: ${names.join(", ")}` }];
}
