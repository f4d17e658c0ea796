/** Builds the shard that a plan describes, with its engine. */

import { HttpProtocol } from "../connection/codec/http.ts";
import { LastEvents } from "../connection/codec/last-events.ts";
import type { Engine } from "../connection/engine.ts";
import { makeEngine } from "../connection/make-engine.ts";
import { makeHttpEngine } from "../connection/make-http-engine.ts";
import { nowNs } from "../measure/clock.ts";
import { ConnectionValues, noValues } from "../plan/values/connection-values.ts";
import { Conversations } from "./conversation/conversations.ts";
import { SlotGroups } from "./conversation/slot-groups.ts";
import { Accounts } from "./counts/connections.ts";
import { makeGreetings, slotTexts } from "./greetings.ts";
import type { ShardPlan } from "./plan.ts";
import { makeWriter } from "./requests/make-writer.ts";
import type { ApiPlan } from "./requests/request-plan.ts";
import { RequestPool } from "./requests/request-pool.ts";
import { ApiShard } from "./requests/request-shard.ts";
import { RequestAccounts } from "./requests/requests.ts";
import { StreamAccounts } from "./requests/stream-accounts.ts";
import { Shard } from "./shard.ts";
import type { ShardRunner } from "./shard-runner.ts";

/** The shard a plan describes, with its engine. Rejects with the error that starting the engine threw. */
export async function makeRunner(plan: ShardPlan): Promise<{ runner: ShardRunner; engine: Engine }> {
  const accounts = new Accounts(plan);
  if (plan.api !== undefined) return makeApiRunner({ ...plan, api: plan.api }, accounts);
  const values = valuesOf(plan);
  const { conversation } = plan;
  const groups = conversation === undefined ? null : new SlotGroups(conversation.groups, plan.engine.slots, plan);
  if (groups !== null) values.groupOf = (slot) => groups.nameOf(slot);
  const conversations =
    conversation === undefined || groups === null
      ? null
      : new Conversations({ ...plan, conversation }, accounts, values, groups, nowNs);
  const lastEvents = plan.resumesEvents === true ? new LastEvents(plan.engine.slots) : null;
  const greetings = makeGreetings(plan.engine, values, conversation?.groups ?? [], groups, lastEvents);
  const engine = await makeEngine(plan.engineName, plan.engine, conversations ?? accounts, greetings);
  values.offset = engine.offset;
  conversations?.serve(engine);
  return { runner: new Shard(plan, nowNs, accounts, engine, conversations, slotTexts(values), lastEvents), engine };
}

function valuesOf(plan: ShardPlan): ConnectionValues {
  const values = new ConnectionValues(plan.values ?? noValues, plan);
  // The rows have been unpacked; drop the text so that it is not kept twice.
  if (plan.values !== undefined) plan.values.data = null;
  return values;
}

async function makeApiRunner(
  plan: ShardPlan & { api: ApiPlan },
  accounts: Accounts,
): Promise<{ runner: ShardRunner; engine: Engine }> {
  const { engine: options, api, shard } = plan;
  const { endpoints, slots, maxMessageBytes } = options;
  const pool = new RequestPool(api.requests, endpoints.length, api.requests.seed + shard);
  const values = valuesOf(plan);
  const users = { values, slots, ofRun: plan.connections, now: nowNs };
  const source = { pool, writer: makeWriter(api.requests, pool, endpoints, users) };
  const { streams } = api;
  const streamed = streams === undefined ? null : new StreamAccounts(accounts, { ...api, streams }, source, options);
  const requests = streamed ?? new RequestAccounts(accounts, api, source, options);
  let codec: HttpProtocol | undefined;
  const engine = await makeHttpEngine(plan.engineName, options, requests, (wire) => {
    const asked = {
      wantsBody: (slot: number) => requests.wantsBody(slot),
      isLastAsked: (slot: number) => requests.isLastAsked(slot),
    };
    const reader = streamed === null ? {} : { reader: streamed.streams };
    codec = new HttpProtocol(
      { slots, maxMessageBytes, isHead: api.requests.method === "HEAD", ...asked, ...reader },
      wire,
    );
    return codec;
  });
  values.offset = engine.offset;
  const runner = new ApiShard(plan, nowNs, requests, engine);
  requests.serve(runner, engine, codec!);
  return { runner, engine };
}
