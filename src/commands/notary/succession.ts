/** What `adopt-ledger` and `recover` have in common: going on with a ledger of which there is no whole store. */
import { EXIT } from "../model/exit-codes.js";
import { type Given, optional, repeated, required } from "../model/options.js";
import { treeSize } from "../model/shared-options.js";
import type { World } from "../model/world.js";

export interface SuccessionArguments {
  readonly configFile: string;
  /** The copy lies at this prefix of tlog-tiles, or in this folder with what lies below one. */
  readonly from: string;
  /** These nodes need not answer. */
  readonly without: readonly string[];
  /** The log's key has signed a checkpoint of this size, of which the operator says that nobody has seen it. */
  readonly unseen?: number;
  readonly tell: (line: string) => void;
}

export const successionOptions = {
  config: required("<file>", "notary.json"),
  from: required(
    "<prefix>",
    "the copy: http(s)://node/mirror/HASH, an archive's /ledger, or a folder of its files",
  ),
  without: repeated("<node>", "a node that does not answer and is left out (repeatable)"),
  unseen: optional(
    "<size>",
    "a checkpoint of this size was signed, and you know that nobody has seen it",
    treeSize,
  ),
};

/** Runs `succeed`; resolves with 0 where it has done it, and with 1, after printing `failed` and why, where it throws. */
export async function runSuccession(
  { config, ...given }: Given<typeof successionOptions>,
  { print, printError }: World,
  { succeed, failed }: { succeed: (options: SuccessionArguments) => Promise<void>; failed: string },
): Promise<number> {
  try {
    await succeed({ ...given, configFile: config, tell: (line) => print(`${line}\n`) });
    return EXIT.done;
  } catch (error) {
    printError(`cunzheng: ${failed}: ${(error as Error).message}\n`);
    return EXIT.refused;
  }
}
