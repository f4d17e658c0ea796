import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { datasourceUid } from "../identity.ts";
import { projectFolder } from "../project-folder.ts";
import { type ComposeFile, type ComposeService, flagOf, mountOf, readText, readYaml, settingOf } from "./deployment.ts";

const compose = readYaml<ComposeFile>("docker-compose.yml");
const host = readYaml<ComposeFile>("compose.host.yml");
const prometheus = readYaml<{
  global: { scrape_interval: string };
  rule_files: string[];
  scrape_configs: { job_name: string; static_configs?: { targets: string[] }[]; http_sd_configs?: { url: string }[] }[];
}>("prometheus/prometheus.yml");
const datasources = readYaml<{ datasources: { uid: string; url: string; jsonData: { timeInterval: string } }[] }>(
  "grafana/provisioning/datasources/holdfast.yaml",
).datasources;
const providers = readYaml<{ providers: { options: { path: string } }[] }>(
  "grafana/provisioning/dashboards/holdfast.yaml",
).providers;
const ini = readText("grafana/grafana.ini");
const { services } = compose;
const entries = Object.entries(services);
const service = (name: string): ComposeService => services[name] ?? assert.fail(`no service ${name}`);
const targets = entries.filter(([name]) => name.startsWith("target-"));

test("a plain start is light: no target, and every profile starts targets only", () => {
  const light = entries.filter(([, { profiles }]) => profiles === undefined).map(([name]) => name);
  assert.deepEqual(light, ["redis", "control", "agent", "prometheus", "grafana"]);
  for (const [name, { profiles }] of targets) assert.deepEqual(profiles, ["targets", name.replace("target-", "")]);
});

test("the data source has the uid dashboards begin with, the scrape interval, and Prometheus's address", () => {
  const [source] = datasources;
  assert.equal(datasources.length, 1);
  assert.deepEqual(
    [source?.uid, source?.jsonData.timeInterval, source?.url],
    [datasourceUid, prometheus.global.scrape_interval, "$PROMETHEUS_URL"],
  );
  const port = flagOf(service("prometheus"), "--web.listen-address")?.split(":")[1];
  assert.equal(service("grafana").environment?.PROMETHEUS_URL, `http://prometheus:${port}`);
});

test("Grafana finds its settings, its provisioning, its dashboards and its home", () => {
  const grafana = service("grafana");
  const dashboards = mountOf(grafana, "grafana/dashboards");
  assert.equal(grafana.environment?.GF_PATHS_CONFIG, mountOf(grafana, "grafana/grafana.ini"));
  assert.equal(grafana.environment?.GF_PATHS_PROVISIONING, mountOf(grafana, "grafana/provisioning"));
  assert.deepEqual(
    providers.map(({ options }) => options.path),
    [dashboards],
  );
  const home = settingOf(ini, "dashboards", "default_home_dashboard_path")?.replace(`${dashboards}/`, "");
  assert.equal(JSON.parse(readText(`grafana/dashboards/${home}`)).uid, "holdfast-overview");
});

test("Grafana refreshes each second, lets everyone look and nobody change, and asks nothing of the internet", () => {
  const wanted = {
    "dashboards.min_refresh_interval": "1s",
    "auth.anonymous.enabled": "true",
    "auth.anonymous.org_role": "Viewer",
    "analytics.check_for_updates": "false",
  };
  const offline = {
    "analytics.check_for_plugin_updates": "false",
    "analytics.reporting_enabled": "false",
    "plugins.preinstall_disabled": "true",
    "news.news_feed_enabled": "false",
  };
  for (const [path, value] of Object.entries({ ...wanted, ...offline })) {
    const at = path.lastIndexOf(".");
    assert.equal(settingOf(ini, path.slice(0, at), path.slice(at + 1)), value, path);
  }
});

test("Prometheus scrapes control where it listens, and its files are where it looks", () => {
  const port = flagOf(service("control"), "--port");
  const addresses = prometheus.scrape_configs.flatMap(({ static_configs = [], http_sd_configs = [] }) => [
    ...static_configs.flatMap((config) => config.targets),
    ...http_sd_configs.map(({ url }) => new URL(url).host),
  ]);
  assert.deepEqual(new Set(addresses), new Set([`control:${port}`]));
  assert.equal(
    flagOf(service("prometheus"), "--config.file"),
    mountOf(service("prometheus"), "prometheus/prometheus.yml"),
  );
  assert.deepEqual(
    prometheus.rule_files.map((file) => `/etc/prometheus/${file}`),
    [mountOf(service("prometheus"), "prometheus/rules.yml")],
  );
});

test("local.yml is prometheus.yml for a control on loopback", () => {
  const settings = readText("prometheus/prometheus.yml").replace(/^#.*\n/gm, "");
  assert.equal(readText("prometheus/local.yml").replace(/^#.*\n/gm, ""), settings.replaceAll("control:", "127.0.0.1:"));
  const prometheusOnHost = host.services.prometheus ?? {};
  assert.equal(flagOf(prometheusOnHost, "--config.file"), mountOf(prometheusOnHost, "prometheus/local.yml"));
});

test("control and agents are started with flags they have and may load every target; control opens its metrics", () => {
  const usage = /usage = `([^`]*)`/.exec(readText("services/control/options.ts"))?.[1] ?? "";
  for (const control of [service("control"), host.services.control ?? {}]) {
    const { command = [] } = control;
    for (const flag of command.filter((word) => word.startsWith("--")))
      assert.ok(usage.includes(`${flag} `) || usage.includes(`${flag}]`), flag);
    assert.ok(command.includes("--open-metrics"));
    for (const [name] of targets) assert.equal(command[command.indexOf(name) - 1], "--allow-host", name);
  }
  const agentUsage = /usage = `([^`]*)`/.exec(readText("services/agent/agent-process.ts"))?.[1] ?? "";
  for (const { command = [] } of [service("agent"), host.services.agent ?? {}]) {
    for (const flag of command.filter((word) => word.startsWith("--")))
      assert.ok(agentUsage.includes(`${flag} `), flag);
    for (const [name] of targets) assert.equal(command[command.indexOf(name) - 1], "--allow-host", name);
  }
});

test("agents serve their metrics where Prometheus, which control sends there, reaches them, and share no port when scaled", () => {
  const [here, there] = [flagOf(service("agent"), "--metrics"), flagOf(host.services.agent ?? {}, "--metrics")];
  // In a container of its own each listens on all addresses, and tells the one it has on the network; the host's
  // network is shared.
  assert.match(here ?? "", /^0\.0\.0\.0:[1-9]\d*$/);
  assert.equal(there, "127.0.0.1:0");
  assert.equal(service("agent").environment?.REDIS_URL, service("control").environment?.REDIS_URL);
  const asked =
    prometheus.scrape_configs.find(({ http_sd_configs }) => http_sd_configs !== undefined)?.http_sd_configs?.[0]?.url ??
    "";
  assert.equal(new URL(asked).pathname, "/prometheus/targets");
});

test("published ports are on loopback and are those the services listen on", () => {
  const listens: Record<string, string | undefined> = {
    control: flagOf(service("control"), "--port"),
    prometheus: "9090",
    grafana: "3000",
  };
  for (const [name, { ports = [] }] of entries) {
    const expected = listens[name];
    assert.deepEqual(ports, expected === undefined ? [] : [`127.0.0.1:${expected}:${expected}`], name);
  }
});

test("every service has a health check that asks the port it listens on, and waits only for services that have one", () => {
  for (const [name, { healthcheck, depends_on = {}, ...rest }] of entries) {
    assert.ok(healthcheck?.test !== undefined || healthcheck?.disable, name);
    const asked = /:(\d+)\//.exec(healthcheck.test?.join(" ") ?? "")?.[1];
    const port = flagOf(rest, "--port");
    if (asked !== undefined && port !== undefined) assert.equal(asked, port, name);
    for (const before of Object.keys(depends_on))
      assert.ok(service(before).healthcheck?.test !== undefined, `${name} waits for ${before}`);
  }
});

test("targets start as target.json says, on ports of their own, within 2 CPUs and 4 GB, with descriptors for a stress test", () => {
  const ports = targets.flatMap(([, target]) => [flagOf(target, "--port"), flagOf(target, "--tcp-port")]);
  assert.equal(new Set(ports).size, 8);
  for (const [name, target] of targets) {
    assert.deepEqual([target.cpus, target.mem_limit, target.ulimits?.nofile.hard], [2, "4g", 1_048_576], name);
    assert.equal(target.sysctls?.["net.core.somaxconn"], "65535");
    const folder = target.build?.dockerfile.replace("/Dockerfile", "") ?? "";
    const manifest = JSON.parse(readText(`${folder}/target.json`)) as { targets: { name: string; start: string[] }[] };
    const start = manifest.targets.find((entry) => `target-${entry.name}` === name)?.start ?? [];
    const flags = (words: readonly string[]): string[] => words.filter((word) => word.startsWith("--"));
    // Here its Redis has no password, and a flag may say where it is.
    assert.deepEqual(flags(target.command ?? []), [...flags(start), "--redis"], name);
  }
});

test("images are pinned, built in stages, and run as a user of their own", () => {
  for (const [name, { image, build }] of entries) {
    if (image !== undefined) assert.match(image, /:v?\d+\.\d+\.\d+/, name);
    if (build === undefined) continue;
    const dockerfile = readFileSync(join(projectFolder, build.dockerfile), "utf8");
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base!);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Dockerfile's variable syntax
    for (const base of bases.filter((from) => from !== "${RUNTIME}"))
      assert.match(base, /:(\w+-)?\d+(\.\d+\.\d+|\d{7})/, `${name}: ${base}`);
    assert.ok(bases.length > 1, `${name} is built in one stage`);
    assert.match(dockerfile.slice(dockerfile.lastIndexOf("\nFROM ")), /^USER (?!root|0)/m, name);
  }
});

test("named volumes are declared, and no secret is in the file", () => {
  const named = entries.flatMap(([, { volumes = [] }]) =>
    volumes.map((volume) => volume.split(":")[0]!).filter((source) => !source.startsWith(".")),
  );
  assert.deepEqual(new Set(named), new Set(Object.keys(compose.volumes ?? {})));
  for (const [name, { environment = {} }] of entries) {
    for (const [variable, value] of Object.entries(environment))
      if (/TOKEN|PASSWORD|SECRET|KEY|AUTH/.test(variable)) assert.match(value, /^\$\{\w+:\?/, `${name}: ${variable}`);
  }
});

test("the Redis that control and agents meet in has a password, in no command line; targets have a Redis of their own", () => {
  for (const { command = [] } of [service("redis"), host.services.redis ?? {}]) {
    assert.deepEqual(command.slice(0, 2), ["sh", "-c"]);
    assert.match(
      command[2] ?? "",
      /^exec redis-server - "\$\$@" <<SETTINGS\nrequirepass \$\$REDISCLI_AUTH\nSETTINGS\n$/,
    );
  }
  for (const name of ["control", "agent"]) {
    const { environment = {}, command = [] } = service(name);
    assert.match(environment.REDIS_URL ?? "", /^redis:\/\/:\$\{REDIS_PASSWORD:\?[^}]*\}@redis:6379\/0$/, name);
    assert.ok(environment.HOLDFAST_AGENT_SECRET !== undefined && !command.includes("--redis"), name);
  }
  for (const [name, target] of targets)
    assert.match(flagOf(target, "--redis") ?? "", /^redis:\/\/redis-under-test:6380\//, name);
});

test("containers are given the time a drain takes: a minute of control's, seconds of an agent's", () => {
  const seconds = (name: string): number => Number(/^(\d+)s$/.exec(service(name).stop_grace_period ?? "10s")?.[1]);
  assert.ok(seconds("control") > 60);
  assert.ok(seconds("agent") > 5);
});

test("on the host's network everything keeps its name and its port, and listens on loopback", () => {
  assert.deepEqual(Object.keys(host.services), Object.keys(services));
  const text = readText("compose.host.yml");
  for (const [name, override] of Object.entries(host.services)) {
    const base = service(name);
    assert.equal(override.network_mode, "host", name);
    assert.equal(override.ports !== undefined, base.ports !== undefined, `${name}: ports`);
    assert.equal(override.sysctls !== undefined, base.sysctls !== undefined, `${name}: sysctls`);
    const merged = { ...base, ...override };
    assert.doesNotMatch((merged.command ?? []).join(" "), /0\.0\.0\.0/, name);
    for (const flag of ["--port", "--tcp-port", "--redis"])
      assert.equal(flagOf(merged, flag), flagOf(base, flag), `${name} ${flag}`);
    for (const named of ["redis", "redis-under-test", "control", "prometheus", ...targets.map(([target]) => target)])
      assert.ok(override.extra_hosts?.includes(`${named}:127.0.0.1`), `${name} -> ${named}`);
  }
  assert.equal(host.services.grafana?.environment?.GF_SERVER_HTTP_ADDR, "127.0.0.1");
  assert.doesNotMatch(text, /<<:[^\n]*\n[^\n]*<<:/, "Compose resolves !reset in merged keys one level deep at most");
});
