/** All questions about plain connections repeated with TLS, and the cost of TLS itself. */
import type { Answer, Order, Row } from "../../row.ts";
import { certificates } from "./certificates.ts";
import { deflate } from "./deflate.ts";
import { handshakes } from "./handshakes.ts";
import { https } from "./https.ts";
import { memory } from "./memory.ts";
import { columns, failed, type Part } from "./part.ts";
import { burst, cpu } from "./pushes.ts";
import { scale } from "./scale.ts";

const parts: readonly Part[] = [burst, memory, cpu, handshakes, certificates, https, deflate, scale];

async function run(order: Order): Promise<Answer> {
  const unknown = order.parts.filter((name) => parts.every((part) => part.name !== name));
  if (unknown.length > 0)
    throw new Error(`expected parts among ${parts.map(({ name }) => name).join(", ")}, got ${unknown.join(", ")}`);
  const answer: Answer = { columns, lines: [], reaches: [], notes: [] };
  for (const part of parts) {
    if (order.parts.length > 0 && !order.parts.includes(part.name)) continue;
    order.say(`tls: part ${part.name}`);
    const { lines, reaches, notes } = await part.run(order).catch((error: Error) => failed(part.name, error.message));
    answer.lines.push(...lines);
    answer.reaches.push(...reaches);
    answer.notes.push(...notes);
  }
  return answer;
}

export const tls: Row = {
  name: "tls",
  title: "TLS and compression",
  minutes: 30,
  tools: ["wrk", "oha", "hey", "h2load", "k6"],
  run,
};
