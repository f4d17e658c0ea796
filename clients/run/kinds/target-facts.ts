/** The report's facts about the target. */
import type { Report } from "../../report/model/report.ts";
import type { RunTarget } from "../prepare/run-target.ts";

export function targetFacts(target: RunTarget, protocol: string): Report["target"] {
  const { name, version, settings, url, proxy, replicas, watch } = target;
  const processes = watch?.names() ?? [];
  return {
    name,
    version,
    settings,
    url,
    ...(proxy === undefined ? {} : { proxy }),
    ...dialledPath(target, protocol),
    replicas,
    ...(processes.length === 0 ? {} : { processes }),
  };
}

/** The dialled path. Query values may be secret, except for built-in targets, whose query we wrote. */
function dialledPath({ endpoints, keepsContract }: RunTarget, protocol: string): { path?: string } {
  const path = endpoints[0]?.path;
  if (path === undefined || protocol === "http") return {};
  return { path: keepsContract ? path : path.replace(/([?&][^=&]*=)[^&]*/g, "$1...") };
}
