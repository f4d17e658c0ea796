/**
 * Checks that the MQTT connections of a run have distinct client ids: a broker closes the older of two connections with
 * the same one.
 */
import type { ShardPlan } from "../../generator/plan.ts";
import { ConnectionValues, noValues } from "../../plan/values/connection-values.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";

/**
 * Throws a {@link ScenarioError} when two connections would have the same client id; the id itself is not mentioned.
 */
export function checkClientIds(plans: readonly ShardPlan[]): void {
  const seen = new Map<string, number>();
  for (const plan of plans) {
    const { mqtt, slots } = plan.engine;
    if (mqtt === undefined || mqtt.clientId === "") return;
    const values = new ConnectionValues(plan.values ?? noValues, plan);
    const template = values.template(mqtt.clientId);
    for (let slot = 0; slot < slots; slot++) {
      values.at(slot);
      const id = template.text();
      const other = seen.get(id);
      if (other !== undefined) {
        const text = `expected a unique client id for each connection, but connections ${other} and ${values.index} have the same: a broker closes the older of the two`;
        throw new ScenarioError([{ field: "mqtt.clientId", text }]);
      }
      seen.set(id, values.index);
    }
  }
}
