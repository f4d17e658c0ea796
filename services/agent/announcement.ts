/** What an agent announces once a second. */
import type { ClockReading } from "./clock-reading.ts";

export interface Announcement {
  id: string;
  name: string;
  host: string;
  /** Number of shard processes it runs at once, and how many more it can take now. */
  slots: number;
  slotsFree: number;
  /** Descriptor limit of each shard process. */
  descriptors: number;
  /** Local ports per source address. */
  ports: number;
  cores: number;
  clock: ClockReading;
  /** Address of its process metrics; null: not served. */
  metricsAddress: string | null;
  /** Filled in by the reader: whether it shares the reader's network, and the maximum clock error. */
  isSameHost: boolean;
  clockError: { boundMs: number } | null;
}
