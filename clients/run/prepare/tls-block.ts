/** Converts a scenario's `tls` block to engine options, checked before anything starts. */
import { fullTls, type TlsOptions, type TlsVersion, tlsProblems } from "../../connection/tls-options.ts";
import type { TlsBlock } from "../../scenario/fields/dial-fields.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";

const versionOf = (written: TlsBlock["minVersion"]): TlsVersion =>
  String(written).endsWith("1.3") ? "TLSv1.3" : "TLSv1.2";

/**
 * The block's options, with defaults for what is omitted. `authority`: of a target we started, used when the block
 * names none.
 */
export function tlsOptionsOf(block: TlsBlock | undefined, authority: string | null = null): TlsOptions {
  if (block === undefined) return fullTls({ certificateAuthority: authority });
  const { serve: _, minVersion, maxVersion, certificateAuthority, ...same } = block;
  return fullTls({
    ...same,
    certificateAuthority: certificateAuthority ?? authority,
    minVersion: versionOf(minVersion),
    maxVersion: versionOf(maxVersion),
  });
}

/** Throws a ScenarioError with all problems of the block's files, versions and ciphers. */
export function checkTlsBlock(block: TlsBlock | undefined): void {
  const problems = tlsProblems(tlsOptionsOf(block));
  if (problems.length > 0)
    throw new ScenarioError(problems.map(({ field, text }) => ({ field: `tls.${field}`, text })));
}
