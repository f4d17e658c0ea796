/**
 * Collects the data for a connections run's blocks: storm, slow readers, and the regularity of messages without a
 * stamp.
 */

import type { ShardPlan, ShardVitals } from "../../generator/plan.ts";
import { ConversationTally } from "../../measure/conversation-tally.ts";
import type { Tally } from "../../measure/tally.ts";
import { onlyGroup } from "../../plan/conversation-plan.ts";
import type { Interval } from "../../report/model/interval.ts";
import { quantilesOf } from "../../report/model/quantiles.ts";
import type { Reason, Report } from "../../report/model/report.ts";
import type { RegularityReport, SlowReadersReport } from "../../report/model/schema/connection-blocks.ts";
import type { MqttReport } from "../../report/model/schema/mqtt-block.ts";
import { defaultLimits, type Limit, stormLimits } from "../../scenario/limit.ts";
import { addressRemarks, addressReports } from "./address-record.ts";
import { conversationReport, groupReports } from "./conversation-record.ts";
import { lifetimeRemark } from "./lifetime-remark.ts";
import { mqttRemarks, mqttReport } from "./mqtt-record.ts";
import { ReconnectRecord, reconnectLimits } from "./reconnect-record.ts";
import { StormRecord } from "./storm-record.ts";

export class ConnectionRecord {
  readonly #plans: readonly ShardPlan[];
  readonly #storm: StormRecord | null;
  readonly #reconnect: ReconnectRecord | null;
  readonly #baselines = new Map<number, ShardVitals>();
  #targetRssMiB: SlowReadersReport["targetRssMiB"] = null;

  constructor(plans: readonly ShardPlan[]) {
    this.#plans = plans;
    const storm = plans[0]?.storm ?? null;
    this.#storm = storm === null ? null : new StormRecord(storm);
    this.#reconnect = plans[0]?.reconnect === undefined ? null : new ReconnectRecord(plans[0].resumesEvents === true);
  }

  /** A shard's vitals before it has any connection. */
  baseline(shard: number, vitals: ShardVitals): void {
    this.#baselines.set(shard, vitals);
  }

  stormBegan(atMs: number): void {
    this.#storm?.began(atMs);
  }

  second(interval: Interval, total: Tally): void {
    this.#storm?.second(interval, total);
    this.#reconnect?.second(interval);
    const target = interval.usage.target;
    if (target === null || (interval.phase !== "hold" && interval.phase !== "storm")) return;
    const { rssMiB } = target;
    const before = this.#targetRssMiB;
    this.#targetRssMiB = {
      atStart: before?.atStart ?? rssMiB,
      atEnd: rssMiB,
      peak: Math.max(before?.peak ?? 0, rssMiB),
    };
  }

  /** `shards`: each one's last vitals once all have ended; null before. */
  blocks(
    total: Tally,
    isStamped: boolean,
    shards: readonly (ShardVitals | null)[] | null,
  ): Pick<Report, "storm" | "reconnect" | "slowReaders" | "regularity" | "groups" | "conversation"> {
    const left = shards?.map((after, shard) => ({ before: this.#baselines.get(shard), after })) ?? null;
    const slow = this.#slowReaders(total);
    const mqtt = this.#mqtt(total);
    const regularity = isStamped ? null : this.#regularity(total);
    return {
      ...(this.#storm === null ? {} : { storm: this.#storm.report(total, left) }),
      ...(this.#reconnect === null ? {} : { reconnect: this.#reconnect.report(total) }),
      ...(slow === null ? {} : { slowReaders: slow }),
      ...(regularity === null ? {} : { regularity }),
      ...(mqtt === null ? {} : { mqtt }),
      ...this.#addresses(total, isStamped),
      ...this.#talk(total, isStamped),
    };
  }

  #addresses(total: Tally, isStamped: boolean): Pick<Report, "addresses"> {
    const addresses = addressReports(this.#plans[0]?.engine.endpoints ?? [], total, isStamped);
    return addresses.length === 0 ? {} : { addresses };
  }

  #talk({ conversation: tally }: Tally, isStamped: boolean): Pick<Report, "groups" | "conversation"> {
    const plan = this.#plans[0]?.conversation;
    if (plan === undefined) return {};
    const counted = tally ?? new ConversationTally(plan.exchanges.length, plan.publishes.length, plan.groups.length);
    const isGrouped = plan.groups.length > 1 || plan.groups[0]?.name !== onlyGroup;
    const isTalking = plan.conversations.length + plan.publishes.length > 0;
    return {
      ...(isGrouped ? { groups: groupReports(plan, counted, isStamped) } : {}),
      ...(isTalking ? { conversation: conversationReport(plan, counted, this.#plans.length) } : {}),
    };
  }

  #slowReaders(tally: Tally): SlowReadersReport | null {
    const { counts } = tally;
    const connections = this.#plans.reduce((sum, { engine }) => sum + engine.slowSlots, 0);
    if (connections === 0) return null;
    return {
      connections,
      bytesPerSecond: this.#plans[0]?.slowBytesPerSecond ?? 0,
      due: counts.slowReceived + counts.slowLost,
      received: counts.slowReceived,
      late: counts.slowLate,
      lost: counts.slowLost,
      closedUnexpectedly: counts.slowClosed,
      byCause: tally.partsOf("slow"),
      targetRssMiB: this.#targetRssMiB,
    };
  }

  #regularity({ counts, histograms }: Tally): RegularityReport | null {
    const off = quantilesOf(histograms.gapDeviation);
    if (off === null) return null;
    const { p50, p99, max } = off;
    return {
      intervalMs: this.#plans[0]?.push.intervalMs ?? 0,
      gaps: counts.gaps,
      evenShare: counts.evenGaps / counts.gaps,
      deviationMs: { p50, p99, max },
    };
  }

  /** Load that was not applied: a storm that never happened. */
  unapplied({ counts }: Tally): Reason[] {
    const storm = this.#plans[0]?.storm ?? null;
    if (storm === null || counts.stormDropped > 0) return [];
    const why =
      storm.by === "target"
        ? "the target dropped no connection after"
        : "no connection was open to drop, or the hold ended before";
    return [{ code: "load-not-applied", text: `the storm never happened: ${why} ${storm.after} of the hold` }];
  }

  #mqtt(total: Tally): MqttReport | null {
    const options = this.#plans[0]?.engine.mqtt;
    return options === undefined ? null : mqttReport(total, options.version, options.publishing?.qos ?? null);
  }

  /** Apply unless the scenario limits the same figures. */
  get limits(): readonly Limit[] {
    return [
      ...defaultLimits,
      ...(this.#storm === null ? [] : stormLimits),
      ...(this.#reconnect === null ? [] : reconnectLimits),
    ];
  }

  /**
   * Figures for limits and the verdict beyond those of the report: the delay of publishing, and the share of
   * storm-dropped connections that did not return. Null: the storm never happened, which `unapplied` reports.
   */
  figures(total: Tally): Record<string, number | null> {
    const { counts, histograms } = total;
    const lag = quantilesOf(histograms.publishLag);
    const { stormDropped: dropped, stormBack: back } = counts;
    return {
      ...(lag === null ? {} : { ownLagP99Ms: lag.p99 }),
      ...this.#reconnect?.figures(total),
      ...(this.#storm === null ? {} : { stayedAwayRatio: dropped === 0 ? null : (dropped - back) / dropped }),
    };
  }

  /** Notes on how messages without a tick were measured, and on MQTT. */
  remarks(total: Tally): Reason[] {
    const mqtt = this.#mqtt(total);
    const lifetime = lifetimeRemark(total.histograms.lifetime);
    return [
      ...addressRemarks(this.#addresses(total, true).addresses ?? []),
      ...this.#stampRemarks(total),
      ...(lifetime === null ? [] : [lifetime]),
      ...(mqtt === null ? [] : mqttRemarks(mqtt, total)),
    ];
  }

  #stampRemarks({ counts }: Tally): Reason[] {
    const { stamp = "auto", sequence } = this.#plans[0]?.push ?? {};
    if (counts.stampedPushes === 0) return [];
    if (sequence !== undefined) {
      const text = `messages carried a timestamp (${stamp}) and a number (${sequence}): push latency runs from that timestamp to the kernel's receive timestamp`;
      return [{ code: "latency-from-stamp", text }];
    }
    const text = `${counts.stampedPushes} messages carried a timestamp (${stamp}) but no number: push latency runs from that timestamp to the kernel's receive timestamp; how many were due is unknown`;
    return [{ code: "latency-from-stamp", text }];
  }
}
