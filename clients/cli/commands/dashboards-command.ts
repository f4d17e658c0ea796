/** `holdfast dashboards`: puts the dashboards into someone's own Grafana. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { isLoopback } from "../../measure/loopback.ts";
import { holdfastVersion, projectRoot } from "../../target/project-root.ts";
import { exitCodes } from "../exit-code.ts";
import { UsageError } from "../failure.ts";
import { GrafanaClient, GrafanaError } from "../grafana-client.ts";

interface DashboardFlags {
  url: string;
  token?: string;
  datasource?: string;
  folder: string;
}

interface Datasource {
  uid: string;
  name: string;
  type: string;
  isDefault?: boolean;
  jsonData?: { timeInterval?: string };
}

interface Dashboard {
  uid: string;
  title: string;
  templating: { list: { type: string; current: unknown }[] };
}

/** What the provisioned data source is called: taken before any other. */
const ownDatasource = "holdfast-prometheus";
const folderUid = "holdfast";

export function addDashboardsCommand(program: Command, exit: (code: number) => void): void {
  program
    .command("dashboards")
    .description("install the dashboards into your own Grafana over its HTTP API, replacing any installed before")
    .requiredOption("--url <URL>", "address of Grafana's start page, e.g. https://grafana.example:3000")
    .option(
      "--token <TOKEN>",
      "token of a service account with the role Editor; prefer the environment variable GRAFANA_TOKEN, which is not visible in ps",
    )
    .option(
      "--datasource <UID>",
      "the Prometheus that scrapes Holdfast (default: holdfast-prometheus, or else the only one)",
    )
    .option("--folder <TITLE>", "folder to install into, created if it does not exist", "Holdfast")
    .action(async (flags: DashboardFlags) => {
      await pushDashboards(flags);
      exit(exitCodes.pass);
    });
}

async function pushDashboards({
  url,
  token = process.env.GRAFANA_TOKEN ?? "",
  datasource,
  folder,
}: DashboardFlags): Promise<void> {
  const grafana = new GrafanaClient(checkedUrl(url), checkedToken(token));
  const dashboards = readDashboards();
  const source = await chooseDatasource(grafana, datasource);
  tellInterval(source);
  const into = await folderFor(grafana, folder);
  for (const dashboard of dashboards) {
    const saved = (await grafana.ask("POST", "/api/dashboards/db", {
      dashboard: withDatasource(dashboard, source),
      folderUid: into,
      overwrite: true,
      message: `holdfast ${holdfastVersion()}`,
    })) as { url?: string };
    process.stdout.write(`${dashboard.uid}  ${grafana.pageAt(saved.url ?? `/d/${dashboard.uid}`)}\n`);
  }
}

/** Grafana makes $__rate_interval of it. Not known of a source we may not look at. */
function tellInterval({ name, jsonData }: Datasource): void {
  if (jsonData === undefined || jsonData.timeInterval === "1s") return;
  const said = jsonData.timeInterval || "15s";
  note(
    `data source ${name} has a scrape interval of ${said}: set it to 1s, or rates are averaged over a minute and bursts disappear`,
  );
}

const note = (text: string): boolean => process.stderr.write(`note: ${text}\n`);

function checkedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new UsageError("--url: expected an http:// or https:// address");
  if (url.username !== "" || url.password !== "")
    throw new UsageError("--url: expected no user and password in the address; use a token");
  if (url.protocol === "http:" && !isLoopback(url.hostname))
    note("the token is sent over the network unencrypted: use https:// if the server supports it");
  return url;
}

/** The token is named by no error: one that no header may carry would be quoted by whoever refuses it. */
function checkedToken(token: string): string {
  if (token === "") throw new UsageError("no token: give --token, or set GRAFANA_TOKEN");
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new UsageError("the token contains a character that is not allowed in a token, such as a space or a newline");
  return token;
}

function readDashboards(): Dashboard[] {
  const folder = join(projectRoot, "grafana/dashboards");
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Dashboard);
}

/**
 * The data source that was asked for, or the one there is. Who may not list them must name one, and is taken at their
 * word.
 */
async function chooseDatasource(grafana: GrafanaClient, uid: string | undefined): Promise<Datasource> {
  let all: Datasource[];
  try {
    all = (await grafana.ask("GET", "/api/datasources")) as Datasource[];
  } catch (error) {
    if (!(error instanceof GrafanaError) || error.status !== 403) throw error;
    if (uid === undefined)
      throw new UsageError(
        "the token is not allowed to list data sources: name the Prometheus with --datasource UID (the end of its address in Grafana)",
      );
    return { uid, name: uid, type: "prometheus" };
  }
  const usable = all.filter(({ type }) => type === "prometheus");
  const chosen =
    uid === undefined
      ? (usable.find((source) => source.uid === ownDatasource) ?? (usable.length === 1 ? usable[0] : undefined))
      : usable.find((source) => source.uid === uid);
  if (chosen !== undefined) return chosen;
  const known = usable.map(({ uid: own, name }) => `${own} (${name})`).join(", ");
  if (known === "")
    throw new UsageError("this Grafana has no Prometheus data source: add the one that scrapes Holdfast first");
  throw new UsageError(
    uid === undefined
      ? `several data sources: choose one with --datasource: ${known}`
      : `--datasource: expected one of ${known}`,
  );
}

/** The uid of the folder with this title; made when there is none. */
async function folderFor(grafana: GrafanaClient, title: string): Promise<string> {
  const folders = (await grafana.ask("GET", "/api/folders?limit=1000")) as { uid: string; title: string }[];
  const found = folders.find((folder) => folder.title === title);
  if (found !== undefined) return found.uid;
  const isOwnFree = !folders.some(({ uid }) => uid === folderUid);
  const made = (await grafana.ask("POST", "/api/folders", { title, ...(isOwnFree ? { uid: folderUid } : {}) })) as {
    uid: string;
  };
  return made.uid;
}

/** The dashboard beginning with this data source; its id is Grafana's to give. */
function withDatasource(dashboard: Dashboard, { uid, name }: Datasource): unknown {
  const list = dashboard.templating.list.map((variable) =>
    variable.type === "datasource" ? { ...variable, current: { text: name, value: uid } } : variable,
  );
  return { ...dashboard, id: null, templating: { ...dashboard.templating, list } };
}
