/** Entry of `holdfast serve`. */
import { tooFewDescriptors } from "../../clients/measure/host/descriptor-limit.ts";

const problem = tooFewDescriptors();
if (problem === null) await import("./service-process.ts");
else {
  process.stderr.write(`holdfast serve: ${problem}\n`);
  process.exitCode = 2;
}
