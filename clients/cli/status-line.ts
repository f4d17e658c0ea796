/**
 * The progress of a run on stderr: one line that is rewritten on a terminal, a plain line every few seconds elsewhere.
 */
import { createLogUpdate } from "log-update";
import { levelOf } from "../report/model/level.ts";
import { capacityOf } from "../report/model/schema/capacity-block.ts";
import type { RunObserver, Snapshot } from "../run/coordinate/observer.ts";

const plainEveryMs = 5000;
const grouped = (n: number): string => n.toLocaleString("en-US");

/**
 * One line about a second of a run; `cpu` is the target's, in cores, where a mean over more than that second is known.
 */
export function statusText({ phase, interval, report }: Snapshot, cpu = interval.usage.target?.cpu ?? 0): string {
  const { connections, pushes, latencyMs, requests } = interval;
  const stage = interval.stage === undefined ? "" : ` of stage ${interval.stage}`;
  const parts = [`${report.target.name} ${phase}${stage} ${(interval.atMs / 1000).toFixed(0)}s`];
  if (report.kind === "pipeline")
    parts.push((report.variants ?? []).map(({ name, runs }) => `${name} ${runs} runs`).join(", "));
  else if (requests === undefined) parts.push(`open ${grouped(connections.open)}/${grouped(levelOf(connections))}`);
  else parts.push(`requests ${grouped(requests.ok)} ok, ${grouped(requests.failed)} failed`);
  if (pushes !== null)
    parts.push(`pushes ${grouped(pushes.received)}${pushes.lost > 0 ? `, lost ${grouped(pushes.lost)}` : ""}`);
  const p99 = report.latencyMs.push?.p99 ?? latencyMs.request?.p99 ?? report.latencyMs.ping?.p99;
  if (p99 !== undefined && p99 !== null) parts.push(`p99 ${p99.toFixed(1)} ms`);
  if (connections.refused > 0) parts.push(`refused ${grouped(connections.refused)}`);
  if (connections.closedUnexpectedly > 0) parts.push(`closed unexpectedly ${grouped(connections.closedUnexpectedly)}`);
  if (connections.away !== undefined && connections.away > 0) parts.push(`away ${grouped(connections.away)}`);
  else if (connections.backoff > 0) parts.push(`reconnecting ${grouped(connections.backoff)}`);
  const target = interval.usage.target;
  if (target !== null) parts.push(`target ${target.rssMiB.toFixed(0)} MiB, ${cpu.toFixed(2)} cores`);
  const capacity = capacityOf(report);
  if (capacity?.progress !== undefined) parts.unshift(`[${capacity.progress}]`);
  return parts.join("  ");
}

export class StatusLine implements RunObserver {
  readonly #stream: NodeJS.WriteStream;
  readonly #update: ReturnType<typeof createLogUpdate> | null;
  #plainAtMs = Number.NEGATIVE_INFINITY;
  /**
   * The target's CPU of each second since the last plain line: a burst every few seconds would be in none of them, or
   * all.
   */
  #cpus: number[] = [];

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#update = stream.isTTY ? createLogUpdate(stream) : null;
  }

  /** A line that stays. */
  say(line: string): void {
    this.#update?.clear();
    this.#stream.write(`${line}\n`);
  }

  phase(phase: string): void {
    if (phase === "ramp") this.#plainAtMs = Number.NEGATIVE_INFINITY;
  }

  snapshot(snapshot: Snapshot): void {
    if (this.#update !== null) {
      this.#update(statusText(snapshot).slice(0, (this.#stream.columns ?? 120) - 1));
      return;
    }
    this.#cpus.push(snapshot.interval.usage.target?.cpu ?? 0);
    if (snapshot.interval.atMs - this.#plainAtMs >= plainEveryMs) {
      this.#plainAtMs = snapshot.interval.atMs;
      const mean = this.#cpus.reduce((sum, cpu) => sum + cpu, 0) / Math.max(1, this.#cpus.length);
      this.#stream.write(`${statusText(snapshot, mean)}\n`);
      this.#cpus = [];
    }
  }

  ended(): void {
    this.#update?.clear();
  }
}
