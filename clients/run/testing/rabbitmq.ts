/**
 * For tests: a private RabbitMQ node with STOMP over WebSocket and MQTT on system-chosen ports, and its own statistics.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "./listening.ts";
import { metricTotal } from "./metric-total.ts";

const program = "/usr/lib/rabbitmq/bin/rabbitmq-server";
/** Why tests with RabbitMQ are skipped; false when it is available. */
export const noRabbitMq: string | false =
  existsSync(program) && spawnSync("epmd", ["-names"]).error === undefined
    ? false
    : "no RabbitMQ: apt-get install rabbitmq-server";

export class RabbitMq {
  readonly #children: ChildProcess[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "holdfast-rabbitmq-"));
  #ports: { stomp: number; mqtt: number; metrics: number } = { stomp: 0, mqtt: 0, metrics: 0 };

  /** Resolves once it responds, within a minute. */
  async start(): Promise<void> {
    const [stomp = 0, mqtt = 0, metrics = 0, amqp = 0, distribution = 0, mapper = 0] = await freePorts(6);
    this.#ports = { stomp, mqtt, metrics };
    const at = (name: string): string => join(this.#folder, name);
    const local = [
      `web_stomp.tcp.ip = 127.0.0.1`,
      `web_stomp.tcp.port = ${stomp}`,
      `stomp.listeners.tcp = none`,
      `mqtt.listeners.tcp.default = 127.0.0.1:${mqtt}`,
      `prometheus.tcp.ip = 127.0.0.1`,
      `prometheus.tcp.port = ${metrics}`,
    ];
    writeFileSync(at("rabbit.conf"), `${local.join("\n")}\n`);
    writeFileSync(at("plugins"), "[rabbitmq_web_stomp,rabbitmq_mqtt,rabbitmq_prometheus].\n");
    writeFileSync(at("env.conf"), "");
    const env = {
      ...process.env,
      HOME: this.#folder,
      ERL_EPMD_PORT: String(mapper),
      ERL_EPMD_ADDRESS: "127.0.0.1",
      RABBITMQ_NODENAME: `holdfast-${mapper}@localhost`,
      RABBITMQ_MNESIA_BASE: at("data"),
      RABBITMQ_LOG_BASE: at("log"),
      RABBITMQ_ENABLED_PLUGINS_FILE: at("plugins"),
      RABBITMQ_CONFIG_FILE: at("rabbit"),
      RABBITMQ_CONF_ENV_FILE: at("env.conf"),
      RABBITMQ_PID_FILE: at("pid"),
      RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
      RABBITMQ_NODE_PORT: String(amqp),
      RABBITMQ_DIST_PORT: String(distribution),
    };
    // We start its port mapper: one started by the node itself would outlive it.
    this.#children.push(spawn("epmd", ["-port", String(mapper), "-address", "127.0.0.1"], { stdio: "ignore", env }));
    this.#children.push(spawn(program, [], { stdio: "ignore", env, detached: true }));
    const deadline = Date.now() + 60_000;
    while (Date.now() < deadline && this.#children.every(({ exitCode }) => exitCode === null)) {
      if ((await this.metric("rabbitmq_identity_info").catch(() => null)) !== null) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    this.stop();
    throw new Error("expected RabbitMQ to answer within 60 s");
  }

  get stompUrl(): string {
    return `ws://127.0.0.1:${this.#ports.stomp}/ws`;
  }

  get mqttUrl(): string {
    return `mqtt://127.0.0.1:${this.#ports.mqtt}`;
  }

  /** The sum over all series of a metric. Throws while the node does not respond. */
  metric(name: string): Promise<number> {
    return metricTotal(`http://127.0.0.1:${this.#ports.metrics}/metrics`, name);
  }

  stop(): void {
    for (const { pid } of this.#children) {
      // The node is a process group: the shell, the VM and its helpers.
      for (const target of [pid === undefined ? 0 : -pid, pid ?? 0]) {
        try {
          if (target !== 0) process.kill(target, "SIGKILL");
        } catch {
          // Already exited, or not a group leader.
        }
      }
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
