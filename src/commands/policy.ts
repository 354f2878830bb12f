/**
 * `cunzheng policy`: a trust file as a C2SP tlog-policy, for other people's tools. The policy on standard output;
 * exit codes 0, 1 where no such policy exists, 2 where the trust file can't be read or is broken.
 */
import { ParseError } from "../core/errors.js";
import { FORMAT_BOUNDS } from "../core/record/json.js";
import type { Consortium } from "../core/trust/consortium.js";
import { encodePolicy, PolicyError, type PolicyQuestion } from "../core/trust/policy.js";
import { openTrustFile } from "../pki/trust-file.js";
import { checkedParties } from "./parties.js";
import type { CommandWorld } from "./world/world.js";

export interface PolicyArguments {
  readonly consortium: string;
  readonly party: readonly string[];
  readonly treeSize?: number;
  readonly format: PolicyQuestion["format"];
}

const NO_POLICY = 1;
const BROKEN_TRUST_FILE = 2;

export async function policyCommand(options: PolicyArguments, world: CommandWorld): Promise<number> {
  let consortium: Consortium;
  try {
    consortium = openTrustFile(await world.readFile(options.consortium, FORMAT_BOUNDS.bytes));
  } catch (error) {
    const { code, detail } = error instanceof ParseError ? error : {};
    const where = [code, detail?.field].filter(Boolean).join(" at ");
    world.printError(
      `cunzheng: the trust file can't be used: ${(error as Error).message}${where && ` (${where})`}\n`,
    );
    return BROKEN_TRUST_FILE;
  }
  const { format, treeSize } = options;
  const parties = checkedParties(options.party);
  try {
    world.print(encodePolicy({ consortium, parties, format, ...(treeSize !== undefined && { treeSize }) }));
    return 0;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    world.printError(`cunzheng: no policy: ${error.message} (${error.code})\n`);
    return NO_POLICY;
  }
}
