/** `holdfast dashboards` against a stand-in that keeps what it is asked; no test may show the token. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { projectRoot } from "../../target/project-root.ts";
import { unreachableOf } from "../grafana-client.ts";

const entry = fileURLToPath(new URL("../main.js", import.meta.url));
const token = "glsa_0123456789abcdef_secret";
const folder = join(projectRoot, "grafana/dashboards");
const uids = readdirSync(folder)
  .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")).uid as string)
  .sort();

interface Asked {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: {
    dashboard?: { uid: string; id: null; templating: { list: { type: string; current: unknown }[] } };
    folderUid?: string;
    overwrite?: boolean;
    title?: string;
  };
}

type Answer = { status: number; body: unknown; location?: string };
type Routes = Record<string, Answer | ((asked: Asked) => Answer)>;

const own = { uid: "holdfast-prometheus", name: "Holdfast", type: "prometheus", jsonData: { timeInterval: "1s" } };
const other = { uid: "P1", name: "Other", type: "prometheus", jsonData: {} };
const loki = { uid: "L1", name: "Logs", type: "loki" };

const wellBehaved: Routes = {
  "GET /api/datasources": { status: 200, body: [loki, own] },
  "GET /api/folders?limit=1000": { status: 200, body: [] },
  "POST /api/folders": ({ body }) => ({ status: 200, body: { uid: "holdfast", title: body.title } }),
  "POST /api/dashboards/db": ({ body }) => ({
    status: 200,
    body: { status: "success", url: `/d/${body.dashboard?.uid}/x` },
  }),
};

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A Grafana that answers by these routes, 404 where it has none. */
async function standIn(routes: Routes): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const { method = "", url = "", headers } = request;
    const one: Asked = { method, url, headers, body: text === "" ? {} : JSON.parse(text) };
    asked.push(one);
    const route = routes[`${method} ${url}`] ?? { status: 404, body: { message: "Not found" } };
    const { status, body, location } = typeof route === "function" ? route(one) : route;
    response.writeHead(status, { "content-type": "application/json", ...(location === undefined ? {} : { location }) });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function holdfast(
  args: readonly string[],
  env: Record<string, string> = { GRAFANA_TOKEN: token },
): Promise<{ code: number; stdout: string; stderr: string }> {
  return await new Promise((resolve) => {
    const { GRAFANA_TOKEN: _, ...rest } = process.env;
    execFile(
      process.execPath,
      [entry, "dashboards", ...args],
      { env: { ...rest, ...env }, timeout: 60_000 },
      (error, stdout, stderr) => {
        assert.ok(!`${stdout}${stderr}`.includes(token), "the token is printed");
        resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, stdout, stderr });
      },
    );
  });
}

test("every committed dashboard is put into the folder, with the data source, over what was there", async () => {
  const { url, asked } = await standIn(wellBehaved);
  const { code, stdout, stderr } = await holdfast(["--url", `${url}/`, "--token", token], {});
  assert.deepEqual([code, stderr], [0, ""]);
  assert.ok(asked.every(({ headers }) => headers.authorization === `Bearer ${token}`));
  const saved = asked.filter((one) => one.url === "/api/dashboards/db");
  assert.deepEqual(saved.map(({ body }) => body.dashboard?.uid).sort(), uids);
  for (const { body, headers } of saved) {
    assert.equal(headers["content-type"], "application/json");
    assert.deepEqual([body.folderUid, body.overwrite, body.dashboard?.id], ["holdfast", true, null]);
    const source = body.dashboard?.templating.list.find(({ type }) => type === "datasource");
    assert.deepEqual(source?.current, { text: "Holdfast", value: "holdfast-prometheus" });
  }
  for (const uid of uids) assert.ok(stdout.includes(`${uid}  ${url}/d/${uid}/x`), stdout);
});

test("a folder that is there is used, a Grafana below a path is asked there, and --datasource chooses", async () => {
  const below = Object.fromEntries(
    Object.entries(wellBehaved).map(([route, answer]) => [route.replace(" ", " /grafana"), answer]),
  );
  const { url, asked } = await standIn({
    ...below,
    "GET /grafana/api/datasources": { status: 200, body: [own, other] },
    "GET /grafana/api/folders?limit=1000": { status: 200, body: [{ uid: "f7", title: "Load" }] },
  });
  const { code, stderr } = await holdfast(["--url", `${url}/grafana`, "--folder", "Load", "--datasource", "P1"]);
  assert.equal(code, 0);
  assert.match(stderr, /Other has a scrape interval of 15s: set it to 1s/);
  assert.equal(
    asked.some((one) => one.method === "POST" && one.url === "/grafana/api/folders"),
    false,
  );
  const saved = asked.filter((one) => one.url === "/grafana/api/dashboards/db");
  assert.equal(saved.length, uids.length);
  for (const { body } of saved) {
    assert.equal(body.folderUid, "f7");
    assert.deepEqual(body.dashboard?.templating.list[0]?.current, { text: "Other", value: "P1" });
  }
});

test("a token that may not list data sources needs --datasource, which is then taken at its word", async () => {
  const routes = {
    ...wellBehaved,
    "GET /api/datasources": { status: 403, body: { message: `no permission for ${token}` } },
  };
  const { url, asked } = await standIn(routes);
  assert.equal((await holdfast(["--url", url])).code, 2);
  assert.equal((await holdfast(["--url", url, "--datasource", "P9"])).code, 0);
  assert.deepEqual(asked.at(-1)?.body.dashboard?.templating.list[0]?.current, { text: "P9", value: "P9" });
});

const refusals: [name: string, routes: Routes, args: string[], code: number, says: RegExp][] = [
  [
    "a wrong token",
    { "GET /api/datasources": { status: 401, body: { message: `Invalid API key ${token}` } } },
    [],
    2,
    /token is not valid here.*401.*\*\*\*/,
  ],
  ["something that is no Grafana", {}, [], 2, /has no \/api\/datasources \(404\).*start page/],
  ["a login page", { "GET /api/datasources": { status: 200, body: "<html>" } }, [], 2, /a page instead of JSON/],
  [
    "a redirect",
    { "GET /api/datasources": { status: 301, body: "", location: "https://elsewhere/" } },
    [],
    2,
    /to https:\/\/elsewhere\/: use that address/,
  ],
  [
    "a server error",
    { "GET /api/datasources": { status: 500, body: { message: "database is locked" } } },
    [],
    4,
    /500 \("database is locked"\)/,
  ],
  [
    "several data sources",
    { "GET /api/datasources": { status: 200, body: [other, { ...other, uid: "P2" }] } },
    [],
    2,
    /--datasource: P1 \(Other\), P2/,
  ],
  ["an unknown data source", wellBehaved, ["--datasource", "P3"], 2, /expected one of holdfast-prometheus/],
  [
    "a provisioned one",
    {
      ...wellBehaved,
      "POST /api/dashboards/db": { status: 400, body: { message: "Cannot save provisioned dashboard" } },
    },
    [],
    2,
    /Cannot save/,
  ],
];

for (const [name, routes, args, code, says] of refusals) {
  test(`${name}: exit ${code}, in a sentence`, async () => {
    const { url } = await standIn(routes);
    const answer = await holdfast(["--url", url, ...args]);
    assert.equal(answer.code, code, answer.stderr);
    assert.match(answer.stderr, says);
    assert.doesNotMatch(answer.stderr, /\n +at /);
  });
}

test("what cannot be reached is told from what cannot be asked: 4 for the one, 2 for the other", async () => {
  const { url } = await standIn(wellBehaved);
  const tls = await holdfast(["--url", url.replace("http:", "https:")]);
  assert.equal(tls.code, 4);
  assert.match(tls.stderr, /TLS failed .*http:\/\/ address/);
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
  const refused = await holdfast(["--url", url]);
  assert.equal(refused.code, 4);
  assert.match(refused.stderr, /connection refused/);
  assert.match((await holdfast(["--url", url], {})).stderr, /no token: give --token, or set GRAFANA_TOKEN/);
  for (const args of [
    ["--url", "grafana:3000"],
    ["--url", "http://me:pass@127.0.0.1"],
    ["--url", url, "--token", `${token}\nx`],
  ])
    assert.equal((await holdfast(args)).code, 2, args.join(" "));
});

test("an untrusted certificate names its way out", () => {
  for (const code of [
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "CERT_HAS_EXPIRED",
    "ERR_TLS_CERT_ALTNAME_INVALID",
  ]) {
    const error = new Error("fetch failed", { cause: Object.assign(new Error("x"), { code }) });
    assert.match(unreachableOf(error), new RegExp(`not trusted \\(${code}\\).*NODE_EXTRA_CA_CERTS`));
  }
});
