/** Converts the instants in orders and events to another process's clock. */
import type { ConnectionEvent, ToShard } from "../../clients/generator/plan.ts";
import { type ClockReading, convertNs } from "./clock-reading.ts";

export function convertOrder(message: ToShard, from: ClockReading, to: ClockReading): ToShard {
  switch (message.type) {
    case "start":
    case "shard-died":
      return { ...message, atNs: convertNs(message.atNs, from, to) };
    case "hold":
      return { ...message, startNs: convertNs(message.startNs, from, to), endNs: convertNs(message.endNs, from, to) };
    default:
      return message;
  }
}

export function convertEvent(event: ConnectionEvent, from: ClockReading, to: ClockReading): ConnectionEvent {
  return { ...event, atNs: convertNs(event.atNs, from, to) };
}
