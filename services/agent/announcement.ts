/** What an agent says of itself once a second. */
import type { ClockReading } from "./clock-reading.ts";

export interface Announcement {
  id: string;
  name: string;
  host: string;
  /** Shard processes it runs at once, and how many more it would take now. */
  slots: number;
  slotsFree: number;
  /** Descriptor limit of each shard process. */
  descriptors: number;
  /** Local ports of each source address. */
  ports: number;
  cores: number;
  clock: ClockReading;
  /** Where its process metrics are served; null: nowhere. */
  metricsAddress: string | null;
  /** Filled in by who reads it: whether it shares the reader's network, and how far its clock may be off. */
  isSameHost: boolean;
  clockError: { boundMs: number } | null;
}
