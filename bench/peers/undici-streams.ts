/** The usual way in Node: undici's `request`, its body read chunk by chunk and cut into events. */
interface Client {
  request(url: string, options: object): Promise<{ body: AsyncIterable<Buffer> }>;
  Agent: new (options: object) => object;
}
const [module = "undici", url = "", users = "100", seconds = "10"] = process.argv.slice(2);
const { request, Agent } = ((await import(module)) as { default: Client }).default;
const dispatcher = new Agent({ connections: Number(users), pipelining: 1 });
const untilMs = performance.now() + Number(seconds) * 1000;
const gapsMs: number[] = [];
let complete = 0;

async function use(): Promise<void> {
  while (performance.now() < untilMs) {
    const { body } = await request(url, { method: "POST", body: "{}", dispatcher });
    let [text, lastMs] = ["", 0];
    for await (const chunk of body) {
      text += chunk.toString();
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      const nowMs = performance.now();
      for (const event of events) {
        if (event === "data: [DONE]") complete++;
        else if (lastMs > 0) gapsMs.push(nowMs - lastMs);
        lastMs = nowMs;
      }
    }
  }
}
await Promise.all(Array.from({ length: Number(users) }, use));
gapsMs.sort((a, b) => a - b);
process.stdout.write(`${JSON.stringify({ complete, p99Ms: gapsMs[Math.floor(gapsMs.length * 0.99)] ?? 0 })}\n`, () =>
  process.exit(0),
);
