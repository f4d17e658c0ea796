/** Creates the engine for HTTP requests: the same two engines, with a codec the caller keeps access to. */
import type { CodecEngine } from "./codec/codec-engine.ts";
import type { HttpProtocol } from "./codec/http.ts";
import type { Wire } from "./codec/protocol.ts";
import type { ConnectionSink, Engine, EngineOptions } from "./engine.ts";
import { withInterface } from "./local-interface.ts";

/** Creates the engine chosen by `chooseEngine`. Rejects with what its start threw. */
export async function makeHttpEngine(
  name: Engine["name"],
  given: EngineOptions,
  sink: ConnectionSink,
  makeCodec: (wire: Wire) => HttpProtocol,
): Promise<CodecEngine> {
  const options = withInterface(given);
  if (name === "kernel") {
    const { KernelEngine } = await import("./kernel/kernel-engine.ts");
    return new KernelEngine(options, sink, makeCodec);
  }
  const { PortableEngine } = await import("./portable/portable-engine.ts");
  return new PortableEngine(options, sink, makeCodec);
}
