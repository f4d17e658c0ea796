/** The Kubernetes manifests are consistent with each other and with the programs they start. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import { parseMetricsAddress } from "../../clients/metrics/metrics-server.ts";
import { projectRoot } from "../../clients/target/project-root.ts";
import { readOptions } from "./options.ts";

interface Container {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  env?: { name: string; value?: string; valueFrom?: object }[];
  ports?: { name: string; containerPort: number }[];
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  securityContext?: {
    allowPrivilegeEscalation?: boolean;
    readOnlyRootFilesystem?: boolean;
    capabilities?: { drop?: string[] };
  };
  volumeMounts?: { name: string }[];
}
interface Probe {
  httpGet?: { path: string; port: string };
  tcpSocket?: { port: string };
}
interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  spec: {
    replicas?: number;
    selector?: { app?: string; matchLabels?: Record<string, string> };
    ports?: { name: string; port: number }[];
    template?: {
      metadata: { labels: Record<string, string> };
      spec: {
        containers: Container[];
        volumes?: { name: string }[];
        terminationGracePeriodSeconds?: number;
        securityContext?: { runAsNonRoot?: boolean };
        automountServiceAccountToken?: boolean;
      };
    };
  };
}

interface Policy {
  spec: {
    podSelector: { matchLabels?: { app: string } };
    ingress?: {
      from?: { podSelector: { matchLabels?: { app: string }; matchExpressions?: { values: string[] }[] } }[];
      ports: { port: number }[];
    }[];
  };
}

const folder = join(projectRoot, "deploy/kubernetes");
const versions: Record<string, string> = {
  Service: "v1",
  PersistentVolumeClaim: "v1",
  Deployment: "apps/v1",
  NetworkPolicy: "networking.k8s.io/v1",
};

function manifests(): Manifest[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  return files.flatMap((name) =>
    parseAllDocuments(readFileSync(join(folder, name), "utf8"), { uniqueKeys: true }).map((document) => {
      assert.deepEqual("errors" in document ? document.errors : [], []);
      return (document as { toJS(): unknown }).toJS() as Manifest;
    }),
  );
}

const deployments = manifests().filter(({ kind }) => kind === "Deployment");
const services = manifests().filter(({ kind }) => kind === "Service");
const containerOf = (name: string): Container => {
  const container = deployments.find(({ metadata }) => metadata.name === name)?.spec.template?.spec.containers[0];
  assert.ok(container !== undefined, name);
  return container;
};

const secretsOf = (name: string): Record<string, string> =>
  Object.fromEntries(
    (containerOf(name).env ?? []).flatMap(({ name: variable, valueFrom }) =>
      valueFrom === undefined ? [] : [[variable, (valueFrom as { secretKeyRef: { key: string } }).secretKeyRef.key]],
    ),
  );

/** REDIS_URL as filled in by the system. */
const redisUrlOf = (name: string): string =>
  (containerOf(name).env ?? [])
    .find((each) => each.name === "REDIS_URL")
    ?.value?.replace("$(REDIS_PASSWORD)", "hunter2") ?? "";

const graceOf = (name: string): number | undefined =>
  deployments.find(({ metadata }) => metadata.name === name)?.spec.template?.spec.terminationGracePeriodSeconds;

describe("the Kubernetes manifests", () => {
  it("are of known kinds, with unique and valid names", () => {
    const seen = new Set<string>();
    for (const { apiVersion, kind, metadata } of manifests()) {
      assert.equal(apiVersion, versions[kind], kind);
      assert.match(metadata.name, /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
      assert.ok(!seen.has(`${kind}/${metadata.name}`));
      seen.add(`${kind}/${metadata.name}`);
    }
    assert.deepEqual(deployments.map(({ metadata }) => metadata.name).sort(), [
      "agent",
      "control",
      "redis",
      "redis-under-test",
      "target-go",
    ]);
  });

  it("select the pods they create, and services lead to ports those listen on", () => {
    for (const { metadata, spec } of deployments)
      assert.deepEqual(spec.selector?.matchLabels, spec.template?.metadata.labels, metadata.name);
    for (const { metadata, spec } of services) {
      const ports = containerOf(metadata.name).ports ?? [];
      assert.equal(spec.selector?.app, metadata.name);
      for (const { name, port } of spec.ports ?? [])
        assert.ok(
          ports.some((own) => own.name === name && own.containerPort === port),
          `${metadata.name} ${name}`,
        );
    }
  });

  it("probe existing ports, limit every resource, and drop all privileges", () => {
    for (const { metadata, spec } of deployments) {
      const pod = spec.template?.spec;
      assert.equal(pod?.automountServiceAccountToken, false);
      assert.equal(pod?.securityContext?.runAsNonRoot, true);
      for (const container of pod?.containers ?? []) {
        assert.match(container.image, /:[a-z0-9][a-z0-9.-]*$/, "an image has a version");
        for (const probe of [container.readinessProbe, container.livenessProbe]) {
          const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port;
          assert.ok(
            probe === undefined || container.ports?.some(({ name }) => name === port),
            `${metadata.name} probes ${port}`,
          );
        }
        assert.ok(container.resources?.requests?.cpu !== undefined && container.resources.limits?.memory !== undefined);
        assert.equal(container.securityContext?.allowPrivilegeEscalation, false);
        assert.deepEqual(container.securityContext?.capabilities?.drop, ["ALL"]);
        for (const { name } of container.volumeMounts ?? [])
          assert.ok(
            pod?.volumes?.some((volume) => volume.name === name),
            name,
          );
      }
    }
  });

  it("start control with valid options, and with a token from a secret", () => {
    const { args = [], env = [] } = containerOf("control");
    assert.equal(args[0], "serve");
    const token = env.find(({ name }) => name === "HOLDFAST_TOKEN");
    assert.ok(token?.valueFrom !== undefined && token.value === undefined);
    assert.deepEqual(secretsOf("control"), {
      HOLDFAST_TOKEN: "token",
      REDIS_PASSWORD: "redis-password",
      HOLDFAST_AGENT_SECRET: "agent-secret",
    });
    const given = {
      HOLDFAST_TOKEN: "a-secret-of-some-length",
      HOLDFAST_AGENT_SECRET: "another-of-some-length",
      REDIS_URL: redisUrlOf("control"),
    };
    const options = readOptions(args.slice(1), given);
    assert.ok(typeof options === "object", String(options));
    assert.ok(options.allowedHosts.every((host) => services.some(({ metadata }) => metadata.name === host)));
    assert.equal(options.redisUrl, "redis://:hunter2@redis:6379");
  });

  it("start agents with control's Redis and their metrics on every address of the pod, at the probed port", () => {
    const { args = [], ports = [], readinessProbe } = containerOf("agent");
    const after = (flag: string): string => args[args.indexOf(flag) + 1] ?? "";
    assert.equal(args[0], "agent");
    assert.deepEqual([after("--redis"), redisUrlOf("agent")], ["agent", redisUrlOf("control")]);
    assert.deepEqual(secretsOf("agent"), { REDIS_PASSWORD: "redis-password", HOLDFAST_AGENT_SECRET: "agent-secret" });
    // What control may load its agents may load as well: each has its own list.
    const allowed = (words: string[]): string[] => words.filter((_, index) => words[index - 1] === "--allow-host");
    assert.deepEqual(allowed(args), allowed(containerOf("control").args ?? []));
    const { host, port } = parseMetricsAddress(after("--metrics"));
    // Prometheus uses the pod's address, because a pod's name does not resolve.
    assert.equal(host, "0.0.0.0");
    assert.ok(
      ports.some(({ name, containerPort }) => containerPort === port && name === readinessProbe?.httpGet?.port),
    );
    assert.equal(readinessProbe?.httpGet?.path, "/metrics");
  });

  it("give Redis a password that is in no command line, and the target a separate Redis", () => {
    const { command = [], args = [] } = containerOf("redis");
    assert.deepEqual(secretsOf("redis"), { REDISCLI_AUTH: "redis-password" });
    assert.match(command.join(" "), /redis-server - "\$@" <<SETTINGS\nrequirepass \$REDISCLI_AUTH\nSETTINGS\n/);
    assert.doesNotMatch([...command.slice(3), ...args].join(" "), /requirepass/);
    assert.match((containerOf("target-go").args ?? []).join(" "), /--redis redis:\/\/redis-under-test:6379/);
  });

  it("allow time for a drain before killing: a minute for control, five seconds for an agent", () => {
    assert.ok((graceOf("control") ?? 30) > 60);
    assert.ok((graceOf("agent") ?? 30) > 5);
  });

  it("deny all traffic by default, and allow Redis only for control and agents, at existing ports", () => {
    const policies = manifests().filter(({ kind }) => kind === "NetworkPolicy") as unknown as Policy[];
    const about = (app: string | undefined): Policy | undefined =>
      policies.find(({ spec }) => spec.podSelector.matchLabels?.app === app);
    assert.deepEqual(about(undefined)?.spec, { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    const callersOf = (app: string): string[] =>
      (about(app)?.spec.ingress ?? []).flatMap(({ from = [] }) =>
        from.flatMap(
          ({ podSelector }) => podSelector.matchLabels?.app ?? podSelector.matchExpressions?.[0]?.values ?? [],
        ),
      );
    assert.deepEqual(callersOf("redis"), ["control", "agent"]);
    assert.deepEqual(callersOf("target-go"), ["control", "agent"]);
    assert.deepEqual(callersOf("redis-under-test"), ["target-go"]);
    for (const { metadata } of deployments) {
      const open = about(metadata.name)?.spec.ingress?.flatMap(({ ports }) => ports.map(({ port }) => port));
      assert.deepEqual(
        open,
        containerOf(metadata.name).ports?.map(({ containerPort }) => containerPort),
        metadata.name,
      );
    }
  });
});
