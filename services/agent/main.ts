/** Entry of `holdfast agent`. */
import { tooFewDescriptors } from "../../clients/measure/host/descriptor-limit.ts";

const problem = tooFewDescriptors();
if (problem === null) await import("./agent-process.ts");
else {
  process.stderr.write(`holdfast agent: ${problem}\n`);
  process.exitCode = 2;
}
