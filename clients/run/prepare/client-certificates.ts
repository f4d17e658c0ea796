/** Checks client certificates that vary by connection, before anything starts. */
import { certificateProblems, isOfConnections } from "../../connection/tls-options.ts";
import type { ConnectionValues } from "../../plan/values/connection-values.ts";
import { mostProblems, type Problem } from "../../scenario/problems/problem-bounds.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";

/**
 * Throws a {@link ScenarioError} listing the connections whose certificate or key is unusable; file names contain
 * connection values, so the sentences omit them. Nothing read is kept.
 */
export function checkCertificates(
  { tls, connections }: Pick<ConnectionsScenario, "tls" | "connections">,
  values: ConnectionValues,
): void {
  const { certificate = null, key = null } = tls ?? {};
  if (certificate === null || key === null || !isOfConnections({ certificate, key })) return;
  const [certificateOf, keyOf] = [values.template(certificate), values.template(key)];
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (let connection = 0; connection < connections && problems.length < mostProblems; connection++) {
    values.at(connection);
    const [own, secret] = [certificateOf.text(), keyOf.text()];
    const pair = `${own}\0${secret}`;
    if (seen.has(pair)) continue;
    seen.add(pair);
    const found = certificateProblems(own, secret, () => `of connection ${connection}`);
    problems.push(...found.map(({ field, text }) => ({ field: `tls.${field}`, text })));
  }
  if (problems.length > 0) throw new ScenarioError(problems);
}
