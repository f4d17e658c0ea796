/** For tests: a private mosquitto on system-chosen ports, and its own statistics. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate, type Packet, parser } from "mqtt-packet";
import { testCertificate, testKey } from "../../connection/testing/test-certificate.ts";
import { answers, freePorts } from "./listening.ts";

const program = spawnSync("mosquitto", ["-h"]).error === undefined ? "mosquitto" : "/usr/sbin/mosquitto";

/** Why tests with mosquitto are skipped; false when it is available. */
export const noMosquitto: string | false =
  spawnSync(program, ["-h"]).error === undefined ? false : "no mosquitto: apt-get install mosquitto";

interface Ports {
  plain: number;
  webSocket: number;
  tls: number;
  webSocketTls: number;
}

/** Configures all listeners; `lines` belong to the first. The certificate is that of the tests. */
function configuration(
  folder: string,
  { plain, webSocket, tls, webSocketTls }: Ports,
  lines: readonly string[],
): string {
  const anonymous = lines.some((line) => line.startsWith("allow_anonymous")) ? [] : ["allow_anonymous true"];
  const secured = [`certfile ${join(folder, "certificate.pem")}`, `keyfile ${join(folder, "key.pem")}`];
  const listeners = [
    [`listener ${plain} 127.0.0.1`, ...lines],
    [`listener ${webSocket} 127.0.0.1`, "protocol websockets"],
    [`listener ${tls} 127.0.0.1`, ...secured],
    [`listener ${webSocketTls} 127.0.0.1`, "protocol websockets", ...secured],
  ];
  // Started as root it would drop to a user who may not read the key; started by others it ignores the line.
  return `${["user root", "sys_interval 1", ...anonymous, ...listeners.flat()].join("\n")}\n`;
}

export class Mosquitto {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #ports: Ports;
  /** Messages delivered to statistics subscribers, which the broker includes in its counts. */
  #told = 0;

  private constructor(child: ChildProcess, folder: string, ports: Ports) {
    this.#child = child;
    this.#folder = folder;
    this.#ports = ports;
  }

  /**
   * Starts a broker that publishes its totals every second, with `lines` added to its configuration. Resolves once it
   * responds.
   */
  static async start(lines: readonly string[] = []): Promise<Mosquitto> {
    const folder = mkdtempSync(join(tmpdir(), "holdfast-mosquitto-"));
    const [plain = 0, webSocket = 0, tls = 0, webSocketTls = 0] = await freePorts(4);
    const ports = { plain, webSocket, tls, webSocketTls };
    const path = join(folder, "mosquitto.conf");
    writeFileSync(join(folder, "certificate.pem"), testCertificate);
    writeFileSync(join(folder, "key.pem"), testKey);
    writeFileSync(path, configuration(folder, ports, lines));
    const child = spawn(program, ["-c", path], { stdio: "ignore" });
    const broker = new Mosquitto(child, folder, ports);
    for (let tries = 0; tries < 500 && child.exitCode === null; tries++) {
      if ((await Promise.all(Object.values(ports).map(answers))).every(Boolean)) return broker;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    broker.stop();
    throw new Error("expected mosquitto to listen within 10 s");
  }

  get port(): number {
    return this.#ports.plain;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.#ports.plain}`;
  }

  get webSocketUrl(): string {
    return `ws://127.0.0.1:${this.#ports.webSocket}/mqtt`;
  }

  get tlsUrl(): string {
    return `mqtts://127.0.0.1:${this.#ports.tls}`;
  }

  get webSocketTlsUrl(): string {
    return `wss://127.0.0.1:${this.#ports.webSocketTls}/mqtt`;
  }

  /** The file with the authority of its certificate. */
  get certificateAuthority(): string {
    return join(this.#folder, "certificate.pem");
  }

  stop(): void {
    this.#child.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /**
   * A statistic of the broker once it has the expected value, or its value after ten seconds. `topic` is relative to
   * `$SYS/broker/`; statistics messages are subtracted from counts of sent messages.
   */
  total(topic: string, isIt: (value: number) => boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.port, "127.0.0.1");
      let last = Number.NaN;
      const end = (): void => {
        clearTimeout(timer);
        socket.destroy();
        resolve(last);
      };
      const timer = setTimeout(end, 10_000);
      const send = (sent: unknown): boolean => socket.write(generate(sent as Packet));
      const packets = parser();
      packets.on("packet", (packet: Packet) => {
        if (packet.cmd === "connack")
          send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: `$SYS/broker/${topic}`, qos: 0 }] });
        if (packet.cmd !== "publish") return;
        last = Number(packet.payload.toString()) - (topic === "publish/messages/sent" ? this.#told : 0);
        this.#told++;
        if (isIt(last)) end();
      });
      socket.on("data", (bytes) => packets.parse(bytes));
      socket.on("error", reject);
      socket.on("connect", () =>
        send({
          cmd: "connect",
          protocolId: "MQTT",
          protocolVersion: 4,
          clean: true,
          clientId: `watch-${topic}`,
          keepalive: 60,
        }),
      );
    });
  }
}

/** A separate test client that connects with the given client id and never reads. */
export function intruder(port: number, clientId: string): Promise<{ end(): void }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", reject);
    socket.on("data", () => resolve({ end: () => socket.destroy() }));
    // Mosquitto notifies the displaced client only if the new one uses MQTT 5.
    const hello = {
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: 5,
      clean: true,
      clientId,
      keepalive: 0,
    } as Packet;
    socket.on("connect", () => socket.write(generate(hello, { protocolVersion: 5 })));
  });
}
