/** What of a capacity scenario does not fit what its search varies, in sentences that name what would. Pure. */
import { connectionFields } from "../fields/connection-fields.ts";
import { dialFields } from "../fields/dial-fields.ts";
import { parseGoal } from "../goal-text.ts";
import { type Vary, varyNames } from "../varied.ts";
import { type Problem, parseProblem } from "./problem-bounds.ts";

type Fields = Record<string, unknown>;

/** Fields of long connections that requests have too. */
const ofRequests = ["protocol", "push", "rampPerSecond", "headers", "maxMessageBytes", "timeouts"];

const isOfStreams = (vary: Vary): boolean => vary === "streams" || vary === "stream-rate";

/** `given`: the scenario before its defaults were filled in. */
export function capacityProblems(scenario: Fields, given: Fields): Problem[] {
  const { vary, goals } = (scenario.search ?? {}) as { vary?: unknown; goals?: unknown };
  if (scenario.kind !== "capacity" || !varyNames.includes(vary as Vary)) return [];
  const known = vary as Vary;
  return [
    ...goalProblems(goals, known),
    ...(isOfStreams(known) ? streamProblems(scenario, given, known) : notStreams(given, known)),
    ...(known === "publish-rate" ? publishProblems(scenario) : []),
    ...(known === "connect-rate" ? connectProblems(given) : []),
  ];
}

function goalProblems(goals: unknown, vary: Vary): Problem[] {
  if (!Array.isArray(goals)) return [];
  return goals.flatMap((goal, index) =>
    parseProblem(`search.goals.${index}`, goal, (text) => parseGoal(text, {}, vary)),
  );
}

function streamProblems({ protocol }: Fields, given: Fields, vary: Vary): Problem[] {
  const problems: Problem[] = [];
  if (protocol === "mqtt" || protocol === "tcp")
    problems.push({
      field: "search.vary",
      text: `expected connections, rate, connect-rate or publish-rate with protocol ${protocol}, got "${vary}": streams are answers to HTTP requests and need an http:// or https:// target`,
    });
  const alien = Object.keys(connectionFields).filter(
    (name) => !ofRequests.includes(name) && !(name in dialFields) && isGiven(given[name]),
  );
  for (const field of alien)
    problems.push({
      field,
      text: `expected to be left out with search.vary ${vary}: the streams block says what to request`,
    });
  if (vary === "streams" && isGiven((given.streams as Fields | undefined)?.users))
    problems.push({
      field: "streams.users",
      text: "expected to be left out with search.vary streams: it is what the search varies",
    });
  return problems;
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== false;

const notStreams = ({ streams }: Fields, vary: Vary): Problem[] =>
  streams === undefined
    ? []
    : [
        {
          field: "streams",
          text: `expected to be left out with search.vary ${vary}: it is for streams and stream-rate`,
        },
      ];

/** Somebody must publish: the connections, or those of them that the block mqtt names. */
function publishProblems({ publish, mqtt }: Fields): Problem[] {
  if (publish !== undefined || (mqtt as Fields | undefined)?.publish !== undefined) return [];
  const text = "expected a message to publish with publish-rate: publish with every and send, or mqtt.publish";
  return [{ field: "search.vary", text }];
}

function connectProblems({ connections }: Fields): Problem[] {
  if (!isGiven(connections)) return [];
  const text =
    "expected to be left out with search.vary connect-rate: each trial has as many connections as its rate needs";
  return [{ field: "connections", text }];
}
