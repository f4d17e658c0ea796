/**
 * A client that knows only the API document: uses every route with valid and invalid requests, and checks the responses
 * against the document.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { TSchema } from "#typebox";
import Value from "#typebox/value";
import { actedService, until } from "./testing/service-rig.ts";

type Method = "GET" | "POST" | "PUT" | "DELETE";
interface Operation {
  parameters?: { name: string; in: string }[];
  requestBody?: unknown;
  responses: Record<string, { content?: Record<string, { schema: TSchema }> }>;
}
type Document = { openapi: string; paths: Record<string, Record<string, Operation>> };
type Acted = Awaited<ReturnType<typeof actedService>>;

const methods: readonly Method[] = ["GET", "POST", "PUT", "DELETE"];
/** Responses without an end are tested with a real socket. */
const streams = /\/live$/;

async function documentOf({ app }: Acted): Promise<Document> {
  return (await app.inject({ url: "/docs/json" })).json();
}

function operationsOf(document: Document): { method: Method; path: string; operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    methods.flatMap((method) => {
      const operation = operations[method.toLowerCase()];
      return operation === undefined ? [] : [{ method, path, operation }];
    }),
  );
}

/** The schema of a response: that of its status, or of its class. */
function schemaOf(operation: Operation, status: number): TSchema | undefined {
  const response = operation.responses[String(status)] ?? operation.responses[`${Math.floor(status / 100)}XX`];
  assert.ok(response !== undefined, `status ${status} is documented`);
  return response.content?.["application/json"]?.schema;
}

function assertAnswer(what: string, operation: Operation, status: number, body: string): void {
  assert.ok(status < 500, `${what} answered ${status}: ${body}`);
  const schema = schemaOf(operation, status);
  if (schema !== undefined && body !== "") {
    const errors = Value.Errors(schema, JSON.parse(body));
    assert.deepEqual(errors.slice(0, 3), [], `${what} answered ${status} as documented`);
  }
}

async function withRun(act: (service: Acted, id: string, document: Document) => Promise<void>): Promise<void> {
  const service = await actedService();
  try {
    service.release();
    const start = {
      method: "POST",
      url: "/runs",
      payload: { scenario: { kind: "connections", target: "node", connections: 10 } },
    } as const;
    const id: string = (await service.app.inject(start)).json().runs[0].id;
    await until(
      "the run",
      async () => (await service.app.inject({ url: `/runs/${id}` })).json().run.state === "finished",
      5000,
    );
    await act(service, id, await documentOf(service));
  } finally {
    await service.remove();
  }
}

const bodies: Record<string, unknown> = {
  "POST /preflight": { scenario: { kind: "connections", target: "node", connections: 10 } },
  "POST /runs": { preset: "quick" },
  "PUT /runs/{id}/tags": { tags: ["a"] },
  "POST /session": { token: "anything" },
};

describe("the API document", () => {
  it("is OpenAPI 3.1 and has every route with a summary and its refusals", () =>
    withRun(async (_service, _id, document) => {
      assert.equal(document.openapi, "3.1.0");
      const operations = operationsOf(document);
      assert.ok(operations.length >= 20, String(operations.length));
      for (const { method, path, operation } of operations)
        assert.ok("4XX" in operation.responses, `${method} ${path}`);
    }));

  it("documents how each route answers a valid request", () =>
    withRun(async ({ app }, id, document) => {
      const deleteLast = (a: { method: Method }, b: { method: Method }): number =>
        Number(a.method === "DELETE") - Number(b.method === "DELETE");
      for (const { method, path, operation } of operationsOf(document).sort(deleteLast)) {
        if (streams.test(path)) continue;
        const query = (operation.parameters ?? []).some(({ name }) => name === "after")
          ? `?before=${id}&after=${id}`
          : "";
        const payload = bodies[`${method} ${path}`];
        const { statusCode, body } = await app.inject({
          method,
          url: path.replace("{id}", id) + query,
          ...(payload === undefined ? {} : { payload: payload as object }),
        });
        assertAnswer(`${method} ${path}`, operation, statusCode, body);
        // The simulated run is over, so it cannot be stopped.
        assert.ok(statusCode < 400 || path.endsWith("/stop"), `${method} ${path} answered ${statusCode}: ${body}`);
      }
    }));
});

describe("arbitrary requests", () => {
  const anything = fc.jsonValue({ maxDepth: 3 });
  const almost = fc.record(
    {
      kind: fc.constantFrom("connections", "capacity", "api", "pipeline", "soak", "x"),
      target: fc.oneof(fc.constantFrom("go", "ws://127.0.0.1:1/", "ws://[::1", "ws://x/"), anything),
      connections: fc.oneof(fc.integer(), anything),
      hold: fc.oneof(fc.constant("1s"), anything),
      push: anything,
      headers: fc.oneof(fc.dictionary(fc.string(), fc.string()), anything),
      limits: fc.oneof(fc.array(fc.string()), anything),
      faults: anything,
    },
    { requiredKeys: ["kind"] },
  );

  it("are answered below 500, as documented, and a refusal names a field", () =>
    withRun(async ({ app }, _id, document) => {
      const operations = operationsOf(document).filter(({ path }) => !streams.test(path));
      const request = fc.record({
        operation: fc.constantFrom(...operations),
        id: fc.oneof(fc.constant("20260101-000000-none"), fc.string().map(encodeURIComponent)),
        query: fc.dictionary(fc.constantFrom("before", "after", "most", "state", "x"), fc.string(), { maxKeys: 3 }),
        payload: fc.oneof(
          anything,
          fc.record({ scenario: fc.oneof(almost, anything) }),
          fc.record({ preset: anything, tags: anything }),
        ),
        type: fc.constantFrom(
          "application/json",
          "application/json",
          "application/json",
          "text/plain",
          "application/x-www-form-urlencoded",
          "x",
        ),
        header: fc.constantFrom("", "x".repeat(2000)),
      });
      await fc.assert(
        fc.asyncProperty(
          request,
          async ({ operation: { method, path, operation }, id, query, payload, type, header }) => {
            const url = `${path.replace("{id}", id === "" ? "%20" : id)}?${new URLSearchParams(query)}`;
            const hasBody = method === "POST" || method === "PUT";
            const headers = { ...(hasBody ? { "content-type": type } : {}), "last-event-id": header, cookie: header };
            const answer = await app.inject({
              method,
              url,
              headers,
              ...(hasBody ? { payload: JSON.stringify(payload) } : {}),
            });
            // Some ids turn the path into another route's, or an unknown one.
            if (!/[./]/.test(decodeURIComponent(id)))
              assertAnswer(
                `${method} ${url} ${JSON.stringify(payload)}`,
                operation,
                answer.statusCode,
                answer.statusCode < 400 ? "" : answer.body,
              );
            assert.ok(answer.statusCode < 500, answer.body);
            if (answer.statusCode < 400 || answer.statusCode === 429) return;
            const { error } = answer.json();
            assert.ok(error.problems?.[0]?.field.length > 0, `${method} ${url}: ${answer.body}`);
          },
        ),
        { numRuns: 400 },
      );
    }));

  it("with a malformed body name the body", () =>
    withRun(async ({ app }) => {
      for (const payload of ["", "{", "[", '{"__proto__": {"a": 1}}', "null", "\u0000", '"text"', "1e999"]) {
        const { statusCode, json } = await app.inject({
          method: "POST",
          url: "/runs",
          headers: { "content-type": "application/json" },
          payload,
        });
        assert.equal(statusCode, 400, payload);
        assert.ok(["body", "scenario"].includes(json().error.problems[0].field), payload);
      }
    }));
});
