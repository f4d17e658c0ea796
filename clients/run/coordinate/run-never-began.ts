/** Why a run did not begin: its shards could not be made. */
import type { Report } from "../../report/model/report.ts";

/**
 * A shard that could not be made, wherever it was to run. `isUsage`: for a value of the scenario, which its message
 * names.
 */
export class ShardNotReady extends Error {
  readonly isUsage: boolean;

  constructor(message: string, isUsage: boolean) {
    super(message);
    this.isUsage = isUsage;
  }
}

/** The run is over before it began; its report says so. */
export class RunNeverBegan extends Error {
  readonly isUsage: boolean;
  readonly report: Report;

  constructor(cause: Error, report: Report) {
    super(cause.message, { cause });
    this.isUsage = cause instanceof ShardNotReady && cause.isUsage;
    this.report = report;
  }
}
