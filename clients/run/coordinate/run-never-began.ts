/** A run that did not begin because its shards could not be created. */
import type { Report } from "../../report/model/report.ts";

/** A shard that could not be created. `isUsage`: because of a scenario value, which the message names. */
export class ShardNotReady extends Error {
  readonly isUsage: boolean;

  constructor(message: string, isUsage: boolean) {
    super(message);
    this.isUsage = isUsage;
  }
}

/** The run ended before it began, with a report that says so. */
export class RunNeverBegan extends Error {
  readonly isUsage: boolean;
  readonly report: Report;

  constructor(cause: Error, report: Report) {
    super(cause.message, { cause });
    this.isUsage = cause instanceof ShardNotReady && cause.isUsage;
    this.report = report;
  }
}
