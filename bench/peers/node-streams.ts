/**
 * The usual ways in Node: read the body chunk by chunk and split it into events, with undici's `request`, or with
 * Node's own `fetch` when no module is given.
 */
type Ask = () => Promise<AsyncIterable<Uint8Array>>;
interface Undici {
  request(url: string, options: object): Promise<{ body: AsyncIterable<Uint8Array> }>;
  Agent: new (options: object) => object;
}
const [url = "", users = "100", seconds = "10", module] = process.argv.slice(2);

async function undiciAsk(path: string): Promise<Ask> {
  const { request, Agent } = ((await import(path)) as { default: Undici }).default;
  const dispatcher = new Agent({ connections: Number(users), pipelining: 1 });
  return async () => (await request(url, { method: "POST", body: "{}", dispatcher })).body;
}
const ask: Ask =
  module === undefined ? async () => (await fetch(url, { method: "POST", body: "{}" })).body! : await undiciAsk(module);
const untilMs = performance.now() + Number(seconds) * 1000;
const decoder = new TextDecoder();
let complete = 0;

async function use(): Promise<void> {
  while (performance.now() < untilMs) {
    let text = "";
    for await (const chunk of await ask()) {
      text += decoder.decode(chunk);
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) if (event === "data: [DONE]") complete++;
    }
  }
}
await Promise.all(Array.from({ length: Number(users) }, use));
process.stdout.write(`${JSON.stringify({ complete })}\n`, () => process.exit(0));
