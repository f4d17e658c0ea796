/**
 * A scenario received over the network: validated for its kind, and checked against the fields callers may set and the
 * hosts we may dial.
 */
import { readScenario, ScenarioError } from "../../../clients/scenario/read-scenario.ts";
import type { Scenario } from "../../../clients/scenario/schema.ts";
import type { DialPolicy } from "../../agent/dial-policy.ts";
import { targetProblems } from "./dial-policy.ts";
import { networkProblems } from "./network-fields.ts";
import { invalid } from "./problem.ts";

/** The scenario in `body.scenario`. Throws a Refusal or a ScenarioError naming every invalid field. */
export function readNetworkScenario(body: unknown, dial: DialPolicy): Scenario {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw invalid([{ field: "body", text: "expected an object with a scenario" }]);
  const { scenario } = body as { scenario?: unknown };
  if (scenario === undefined)
    throw invalid([
      { field: "scenario", text: 'expected a scenario such as {"kind": "connections", "target": "go"}, got nothing' },
    ]);
  return checkScenario(scenario, dial);
}

export function checkScenario(input: unknown, dial: DialPolicy): Scenario {
  const forbidden = networkProblems(input);
  if (forbidden.length > 0) throw new ScenarioError(forbidden);
  const scenario = readScenario(input);
  const problems = targetProblems(scenario, dial);
  if (problems.length > 0) throw new ScenarioError(problems);
  return scenario;
}
