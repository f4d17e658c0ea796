import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nowNs } from "../../../measure/clock.ts";
import { mqttAnswers } from "../../testing/mqtt-answers-corpus.ts";
import { plainOptions } from "../../testing/mqtt-bytes.ts";
import { mqttCases } from "../../testing/mqtt-corpus.ts";
import { mqttPublishes } from "../../testing/mqtt-publishing-corpus.ts";
import { mqttConnects, mqttSubscriptions } from "../../testing/mqtt-session-corpus.ts";
import { clientStatements } from "../../testing/mqtt-statements.ts";
import type { MqttStepsCase } from "../../testing/mqtt-steps.ts";
import { PlainWire } from "../../testing/recording-wire.ts";
import { MqttProtocol } from "./mqtt.ts";

const mqttStepsCases = [...mqttConnects, ...mqttSubscriptions, ...mqttPublishes, ...mqttAnswers];

/** What is sent and reported, step by step. */
function tellSteps({ options, steps }: MqttStepsCase): string[] {
  const wire = new PlainWire();
  const protocol = new MqttProtocol(
    { slots: 1, maxMessageBytes: 1000, mqtt: { ...plainOptions, ...options } },
    null,
    wire,
  );
  const says = (bytes: Uint8Array | null): void => {
    wire.told.push(bytes === null ? "held back" : `sent ${Buffer.from(bytes).toString("hex")}`);
  };
  protocol.reset(0);
  for (const step of steps) {
    if (step === "connect") says(protocol.greeting(0));
    else if (step === "publish") says(protocol.frame(Buffer.from("hi"), false, 0));
    else if (step === "farewell") says(protocol.farewellOf(0) ?? protocol.farewell());
    else if (step === "end") protocol.reset(0);
    else if ("afterSeconds" in step) protocol.expire(nowNs() + step.afterSeconds * 1e9);
    else {
      const bytes = Buffer.from(step.broker, "hex");
      assert.equal(protocol.take(0, bytes, 0, bytes.length), bytes.length, "every packet is whole");
    }
  }
  return wire.told;
}

describe("an MQTT client, by conformance statement", () => {
  for (const each of mqttStepsCases)
    it(`[${each.statement}] ${each.name}`, () => {
      assert.deepEqual(tellSteps(each), each.told);
    });
});

describe("the client's conformance statements", () => {
  const shown = new Set(
    [...mqttCases, ...mqttStepsCases].flatMap(({ statement }) =>
      [...statement.matchAll(/(3\.1\.1: )?MQTT-([\d.]+-\d+)/g)].map(
        ([, isOlder, number]) => `${isOlder === undefined ? "5" : "3.1.1"} ${number}`,
      ),
    ),
  );
  for (const [version, numbers] of Object.entries(clientStatements))
    it(`of MQTT ${version} each have a test`, () => {
      assert.deepEqual(
        numbers.filter((number) => !shown.has(`${version} ${number}`)),
        [],
      );
    });
});
