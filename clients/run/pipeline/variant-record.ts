/** The record of one pipeline variant: its runs, and its row in the report. */
import type { LogTruth } from "../../plan/log-lines.ts";
import { spreadOf, type VariantResult, type VariantState } from "../../report/model/schema/pipeline-block.ts";
import type { CommandEnd } from "../../target/keeper/command-message.ts";
import type { JudgedRun, PipelineAnswer } from "./pipeline-answer.ts";

export class VariantRecord {
  readonly name: string;
  /** As in the manifest, with unfilled fields. */
  readonly command: readonly string[];
  readonly #ends: CommandEnd[] = [];
  readonly #answers: PipelineAnswer[] = [];
  #state: VariantState = "not-run";
  #why: string | null = null;
  #wrong: PipelineAnswer | null = null;

  constructor(name: string, command: readonly string[]) {
    this.name = name;
    this.command = command;
  }

  /** Whether it can be run again: nothing has gone wrong so far. */
  get isSound(): boolean {
    return this.#state === "ok" || this.#state === "not-run";
  }

  get state(): VariantState {
    return this.#state;
  }

  get why(): string | null {
    return this.#why;
  }

  /** Adds a judged run. It contributes to the figures if it `counts` and is correct. */
  take(end: CommandEnd, judged: JudgedRun, counts: boolean): void {
    if (judged.state !== "ok") {
      this.#state = judged.state;
      this.#why = judged.why;
      this.#wrong = judged.answer;
    } else if (counts) {
      this.#state = "ok";
      this.#ends.push(end);
      this.#answers.push(judged.answer);
    }
  }

  /** It could not be started at all. */
  refuse(why: string): void {
    this.#state = "failed";
    this.#why = why;
  }

  /** The row; figures cover correct runs, and are omitted for a variant that was ever wrong. */
  row(truth: LogTruth): VariantResult {
    const told = this.#wrong ?? this.#answers.at(-1) ?? null;
    const ends = this.#state === "wrong-answer" ? [] : this.#ends;
    const figures = <T>(read: (end: CommandEnd) => T | null): T[] => ends.flatMap((end) => read(end) ?? []);
    const ms = spreadOf(ends.map(({ elapsedMs }) => elapsedMs));
    const memory = figures(({ rssMiB }) => rssMiB);
    const isSampled = ends.some(({ account }) => account === "sampled");
    return {
      name: this.name,
      state: this.#state,
      ok: this.#state === "ok",
      why: this.#why,
      runs: ends.length,
      ms,
      parseMs: ends.length === 0 ? null : spreadOf(this.#answers.map(({ parseMs }) => parseMs)),
      cpuSeconds: spreadOf(figures(({ cpuSeconds }) => cpuSeconds))?.median ?? null,
      rssMiB: memory.length === 0 ? null : Math.max(...memory),
      account: ends.length === 0 ? null : isSampled ? "sampled" : "exact",
      uniqueUsers: told?.uniqueUsers ?? null,
      badLines: told?.bad ?? null,
      firstBadLine: told?.firstBadLine ?? null,
      linesPerSecond: ms === null ? null : (truth.lines / ms.median) * 1000,
      relativeToCpython: null,
    };
  }
}
