/** Selftest cases for conversations: faults of a service that clients talk to, as produced by the rehearsal target. */
import { everything, type Outcome, type SelftestCase } from "./case.ts";
import { type Check, connectionChecks, equations, eventChecks, exactly, within } from "./check.ts";

const token = "k";
const auth = [
  { send: '{"t":"auth","token":"k{{index}}","room":"{{room}}"}' },
  { expect: { json: { t: "welcome" } }, take: { session: "json:session" }, within: "2s" },
];
const beat = { every: "500ms", send: '{"t":"ping"}', answer: { json: { t: "pong" } } };
const beatById = {
  every: "1s",
  send: '{"t":"ping","id":"{{message}}"}',
  answer: { json: { t: "pong", id: "{{message}}" } },
  within: "2s",
};
const answering = { when: { text: "2" }, send: "3" };
const vars = { room: "r{{index / 20}}" };

/**
 * A push read together with an answer after it gets the answer's stamp: how many appear late depends on the machine.
 */
const steady = (outcome: Outcome): Check[] => everything(outcome).filter(({ what }) => what !== "late");

/** When the target ends connections at arbitrary instants, a tick may be due at that very instant. */
const ended = ({ report, account, events }: Outcome): Check[] => [
  ...connectionChecks(report, account),
  ...equations(report),
  ...eventChecks(report, events),
];

const talking = (
  name: string,
  proves: string,
  fields: Record<string, unknown>,
  faults: SelftestCase["faults"],
  checks: SelftestCase["checks"],
  common = steady,
): SelftestCase => ({
  name,
  proves,
  isQuick: true,
  faults,
  script: { talk: { token, heartbeatMs: 5000, askEveryMs: 2500 } },
  scenario: { vars, ...fields },
  checks: (outcome) => [...common(outcome), ...checks(outcome)],
});

/** Heartbeats in transit when the run closed its connections were never due: at most one per connection. */
function beatChecks({ report, account }: Outcome): Check[] {
  const [beats] = report.conversation?.beats ?? [];
  const { talk } = account;
  const of = (name: string): number => talk[name] ?? 0;
  const onTheirWay = report.connections.opened;
  return [
    within("beats sent", of("beats") - onTheirWay, of("beats"), beats?.sent),
    within("beats answered", of("beatsAnswered") - onTheirWay, of("beatsAnswered"), beats?.answered),
    exactly("beats lost", of("beats-ignore") + of("beats-wrong"), beats?.lost),
    exactly("beats answered late", of("beats-late"), beats?.late),
    // The answer to a connection's last question may have arrived when the connection was closed.
    within("asked and answered immediately", of("replies"), of("asked"), report.conversation?.replies),
  ];
}

function requestChecks({ report, account: { talk, talkFaults } }: Outcome): Check[] {
  const [asked] = report.conversation?.requests ?? [];
  const [lost, wrong, twice, slow, late] = [0, 1, 2, 3, 4].map((fault) => talkFaults[fault] ?? 0) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return [
    exactly("requests due: one every 5 ms of the hold", 1000, asked?.due),
    exactly("requests sent", talk.asks ?? 0, asked?.sent),
    exactly("answered in time", (talk.asksAnswered ?? 0) + twice + slow, asked?.answered),
    exactly("answered late", late, asked?.late),
    exactly("requests lost", lost + wrong, asked?.lost),
    exactly("answered twice", twice, asked?.duplicated),
    exactly("round trips", (asked?.answered ?? 0) + (asked?.late ?? 0), asked?.latencyMs?.count),
  ];
}

function publishChecks({ report, account: { talk } }: Outcome): Check[] {
  const published = report.conversation?.published ?? [];
  const sum = (of: (one: (typeof published)[number]) => number): number =>
    published.reduce((total, one) => total + of(one), 0);
  const of = (name: string): number => talk[`deliveries-${name}`] ?? 0;
  const due = sum(({ due }) => due);
  const received = sum(({ received }) => received);
  const lost = sum(({ lost }) => lost);
  return [
    exactly(
      "messages published",
      talk.says ?? 0,
      sum(({ sent }) => sent),
    ),
    exactly("deliveries due", talk.deliveries ?? 0, due),
    exactly("deliveries received", (talk.deliveries ?? 0) - of("lose"), received),
    exactly("deliveries lost", of("lose"), lost),
    exactly("deliveries due = received + lost", due, received + lost),
    exactly(
      "deliveries duplicated",
      of("twice"),
      sum(({ duplicated }) => duplicated),
    ),
    exactly(
      "deliveries out of order",
      of("behind"),
      sum(({ outOfOrder }) => outOfOrder),
    ),
    exactly("messages whose last receiver is known", talk.says ?? 0, published[0]?.lastReceiverMs?.count),
    exactly(
      "deliveries astray",
      of("astray"),
      sum(({ misdelivered }) => misdelivered),
    ),
  ];
}

/** Every failed opening must be reported with its step. */
function openingChecks({ report }: Outcome): Check[] {
  const told = report.conversation?.openingFailures.reduce((sum, { count }) => sum + count, 0);
  return [exactly("openings that failed, by step", report.connections.byCause["opening-failed"] ?? 0, told)];
}

const chosen = (how: string, offset: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  how,
  every: 20,
  offset,
  ...more,
});

export const talkSelftestCases: readonly SelftestCase[] = [
  talking(
    "talk-openings",
    "openings refused, unanswered, answered incorrectly, late and too late",
    { conversation: { opening: auth, beats: [beat], replies: [answering] } },
    [
      chosen("refuse", 0, { code: 4001, reason: "banned" }),
      chosen("ignore", 1),
      chosen("wrong", 2),
      chosen("late", 3, { ms: 500 }),
      chosen("late", 4, { ms: 4000 }),
    ].map((fault) => ({ kind: "talk.opening", ...fault })),
    (outcome) => [...openingChecks(outcome), ...beatChecks(outcome)],
  ),
  talking(
    "talk-beats",
    "heartbeats unanswered, answered incorrectly and late; a service that sends its own heartbeats",
    { hold: "9s", conversation: { opening: auth, beats: [beatById], replies: [answering] } },
    ["ignore", "wrong", "late"].map((how, offset) => ({
      kind: "talk.beat",
      ...chosen(how, offset, { ms: 4000 }),
      at: { whenOpen: 100, forMs: 3000 },
    })),
    beatChecks,
  ),
  talking(
    "talk-silence",
    "clients that miss heartbeats or answers are closed, with the service's code and reason",
    {
      groups: [
        { name: "good", connections: 60 },
        { name: "no beat", connections: 20, conversation: { opening: auth, replies: [answering] } },
        { name: "no answer", connections: 20, conversation: { opening: auth, beats: [beat] } },
      ].map((group) => ({ ...group, name: group.name.replace(" ", "-") })),
      conversation: { opening: auth, beats: [beat], replies: [answering] },
      hold: "9s",
      limits: ["unexpectedCloseRatio<=1", "lostRatio<=1"],
    },
    [],
    ({ report, account: { talk } }) => [
      exactly("closed for a missing heartbeat", 20, talk["ended-4000"]),
      exactly("closed for a missing answer", 20, talk["ended-4002"]),
      ...(report.connections.closeReasons ?? []).map(({ code, reason, count }) =>
        exactly(`"${reason}"`, talk[`ended-${code}`] ?? 0, count),
      ),
      exactly("reasons told", 2, report.connections.closeReasons?.length),
    ],
    ended,
  ),
  talking(
    "talk-requests",
    "requests unanswered, answered with the wrong id, twice, late and too late",
    {
      hold: "5s",
      conversation: {
        opening: auth,
        beats: [beat],
        replies: [answering],
        requests: [
          {
            name: "ask",
            every: "500ms",
            send: '{"t":"ask","id":"{{message}}"}',
            answer: { json: { t: "answer", id: "{{message}}" } },
            within: "2s",
          },
        ],
      },
    },
    [
      chosen("ignore", 0),
      chosen("wrong", 1),
      chosen("twice", 2),
      chosen("late", 3, { ms: 100 }),
      chosen("late", 4, { ms: 3500 }),
    ].map((fault) => ({
      kind: "talk.answer",
      ...fault,
      at: { whenOpen: 100, forMs: 3000 },
    })),
    requestChecks,
  ),
  talking(
    "talk-publish",
    "messages to rooms lost, duplicated, late, out of order and misdelivered",
    {
      groups: [
        {
          name: "speakers",
          connections: 10,
          publish: { every: "500ms", send: '{"t":"say","room":"{{room}}","id":{{message}}}', reaches: "room" },
        },
        { name: "listeners", connections: 90 },
      ],
      shards: 2,
      conversation: { opening: auth, beats: [beat], replies: [answering] },
    },
    [
      chosen("lose", 0),
      chosen("twice", 3),
      chosen("late", 7, { ms: 50 }),
      chosen("swap", 11),
      chosen("astray", 15),
    ].map((fault) => ({
      kind: "talk.delivery",
      ...fault,
      every: 40,
    })),
    publishChecks,
  ),
];
