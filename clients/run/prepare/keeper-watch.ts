/** Reads the keeper on a target's machine (docs/keeper.md) during a run. */
import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { Agent, get, type IncomingMessage } from "node:http";
import { type Static, Type } from "#typebox";
import Value from "#typebox/value";
import { nowNs } from "../../measure/clock.ts";
import { processName } from "../../measure/host/process-name.ts";
import type { TreeSample } from "../../measure/host/process-tree.ts";
import { isLoopback } from "../../measure/loopback.ts";
import type { Reason } from "../../report/model/report.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";
import { profiledNote } from "./run-profile.ts";
import { probeClock } from "./target-clock.ts";
import type { TargetWatch } from "./target-watch.ts";

const everyMs = 500;
const answerTimeoutMs = 2000;
/** A keeper that does not respond for this long is considered lost, milliseconds. */
const mostQuietMs = 4000;
const mostBytes = 1_000_000;

const amount = Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Usage = Type.Object({
  samples: Type.Array(
    Type.Object({
      atNs: amount,
      rssMiB: amount,
      pssMiB: Type.Union([amount, Type.Null()]),
      cpuSeconds: amount,
      fds: amount,
      threads: amount,
      pids: Type.Array(Type.Integer({ minimum: 1 }), { maxItems: 100_000 }),
      name: Type.Optional(Type.String({ pattern: processName.source })),
    }),
    { minItems: 1, maxItems: 1000 },
  ),
  profiler: Type.Optional(Type.Union([Type.Literal("node"), Type.Literal("perf")])),
});

export interface KeeperPlace {
  keeper?: string | undefined;
  keeperTokenFile?: string | undefined;
}

const wrong = (field: string, text: string): ScenarioError => new ScenarioError([{ field, text }]);

/** The keeper's token, from a file or the environment. */
function tokenOf({ keeperTokenFile: file }: KeeperPlace): string {
  const given = process.env.HOLDFAST_KEEPER_TOKEN;
  if (file === undefined) {
    if (given) return given;
    throw wrong("keeper", "expected its token: --keeper-token-file FILE, or HOLDFAST_KEEPER_TOKEN in the environment");
  }
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw wrong("keeperTokenFile", `cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/**
 * Starts watching through a keeper. Throws a ScenarioError when it may not be dialled, does not respond, or rejects the
 * token.
 */
export async function watchByKeeper(
  place: KeeperPlace & { keeper: string },
  allowedHosts: readonly string[],
): Promise<TargetWatch> {
  const { hostname, port } = new URL(place.keeper);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const token = tokenOf(place);
  const { address } = await lookup(host).catch(() => {
    throw wrong("keeper", `${host} has no address`);
  });
  if (!isLoopback(address) && !allowedHosts.includes(host))
    throw wrong(
      "keeper",
      `${host} (${address}) is not this machine; add --allow-host ${host} if you are allowed to use it`,
    );
  const watch = new KeeperWatch({ host, address, port: Number(port || 80), token });
  await watch.begin();
  return watch;
}

interface Door {
  host: string;
  address: string;
  port: number;
  token: string;
}

class KeeperWatch implements TargetWatch {
  readonly #door: Door;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  /** The keeper's clock minus ours, nanoseconds. */
  #offsetNs = 0;
  #samples: TreeSample[] = [];
  #answeredNs = 0;
  #profiler: string | undefined;
  #names: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  lost: string | null = null;

  constructor(door: Door) {
    this.#door = door;
  }

  get #name(): string {
    return `the keeper at ${this.#door.host}:${this.#door.port}`;
  }

  async begin(): Promise<void> {
    const problem = await this.#ask();
    if (problem !== null) throw wrong("keeper", `${this.#name} ${problem}`);
    const { host, address, port, token } = this.#door;
    const clock = await probeClock({ host, address, port, tls: false }, this.#agent, {
      authorization: `Bearer ${token}`,
    });
    if (clock === null) throw wrong("keeper", `${this.#name} does not report its clock`);
    this.#offsetNs = clock.offsetNs;
    await this.#ask();
    this.#later();
  }

  #later(): void {
    this.#timer = setTimeout(() => void this.#look(), everyMs);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const problem = await this.#ask();
    const quietMs = (nowNs() - this.#answeredNs) / 1e6;
    if (problem === null || quietMs < mostQuietMs) return this.#later();
    this.lost = `${this.#name} ${problem}: the target's memory and CPU are unknown from then on`;
    this.#samples = [];
    this.close();
  }

  sample(): TreeSample[] {
    return this.#samples;
  }

  names(): string[] {
    return this.#names;
  }

  notes(): Reason[] {
    return this.#profiler === undefined ? [] : [profiledNote];
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#agent.destroy();
  }

  /** Returns why there was no response; null when there was. */
  async #ask(): Promise<string | null> {
    const answer = await this.#get();
    if (typeof answer === "string") return answer;
    if (answer.status === 401) return "rejects the token";
    if (answer.status !== 200) return `answered ${answer.status}`;
    const usage = parse(answer.text);
    if (usage === null) return "gave an answer that is not a process usage report";
    this.#answeredNs = nowNs();
    this.#profiler = usage.profiler;
    this.#names = namesOf(usage);
    this.#samples = usage.samples.map((sample) => ({ ...sample, atNs: sample.atNs - this.#offsetNs }));
    return null;
  }

  #get(): Promise<{ status: number; text: string } | string> {
    const { host, address, port, token } = this.#door;
    const headers = { host: `${host}:${port}`, authorization: `Bearer ${token}` };
    return new Promise((resolve) => {
      const order = { host: address, port, path: "/usage", headers, agent: this.#agent, timeout: answerTimeoutMs };
      const request = get(order, (response: IncomingMessage) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => {
          text += part;
          if (text.length > mostBytes) request.destroy();
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      });
      request.on("timeout", () => request.destroy(new Error("did not answer in time")));
      request.on("error", (error: NodeJS.ErrnoException) =>
        resolve(error.code === undefined ? error.message : `does not answer (${error.code})`),
      );
      request.on("close", () => resolve("closed the connection without an answer"));
    });
  }
}

function parse(text: string): Static<typeof Usage> | null {
  try {
    const usage: unknown = JSON.parse(text);
    return Value.Check(Usage, usage) && areNamed(usage) ? usage : null;
  } catch {
    return null;
  }
}

/** All have a name of their own, or none has one: two series of one name would be none. */
function areNamed(usage: Static<typeof Usage>): boolean {
  const names = namesOf(usage);
  return names.length === 0 || new Set(names).size === usage.samples.length;
}

const namesOf = ({ samples }: Static<typeof Usage>): string[] =>
  samples.flatMap(({ name }) => (name === undefined ? [] : [name]));
