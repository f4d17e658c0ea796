/**
 * What a verdict means, in the words of the run's kind: a pipeline has answers and commands, everything else a
 * generator beside the target.
 */
import type { Report, Verdict } from "../report.ts";

const meanings: Readonly<Record<"generator" | "pipeline", Readonly<Record<Verdict, string>>>> = {
  generator: {
    pass: "every limit was met, and the generator can be trusted",
    fail: "the target missed a limit",
    invalid: "the generator or its host reached its limit first, so the figures do not describe the target",
  },
  pipeline: {
    pass: "every result was correct, and every limit was met",
    fail: "a result was wrong, a command failed, or a limit was missed",
    invalid: "a limit is on a figure that was not measured",
  },
};

export const verdictMeaning = ({ kind }: Pick<Report, "kind">, verdict: Verdict): string =>
  meanings[kind === "pipeline" ? "pipeline" : "generator"][verdict];
