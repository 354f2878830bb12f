/** `cunzheng consortium approve`, `check` and `submit`: a change on its way to the ledger. */
import { parseSignatureLine } from "../../core/ledger/note.js";
import { type ApprovalSigner, signApproval } from "../../core/membership/approval.js";
import { type ConsortiumChange, encodeConsortiumChange, firstSizeOf } from "../../core/membership/change.js";
import { judgeChange, type JudgedChange } from "../../core/membership/verify-change.js";
import { lastingSize } from "../../core/trust/consortium.js";
import { refuseBrokenResult } from "../../pki/trust-file.js";
import { type Language, visible } from "../text/report-text.js";
import type { CommandWorld } from "../world/world.js";
import { approvalLines, changeLines } from "./change-text.js";
import {
  EXIT,
  type GivenTrust,
  isRefusal,
  problemText,
  readChangeFile,
  readTrust,
  writeChangeFile,
} from "./files.js";
import { speech } from "./words.js";

export interface CheckArguments {
  readonly consortium: string;
  readonly change: string;
  readonly treeSize?: number;
  readonly lang: Language;
}

/** Exit code 0 where the quorum in force has approved, 1 where it has not yet or the change is none. */
export async function checkCommand(options: CheckArguments, world: CommandWorld): Promise<number> {
  const trust = await readTrust(options.consortium, world);
  const change = await readChangeFile(options.change, world);
  const judged = judge(change, trust, options, world);
  if (judged === undefined) return EXIT.refused;
  tell(change, trust, judged, options, world);
  return judged.approvals.holds ? EXIT.done : EXIT.refused;
}

export async function approveCommand(
  options: CheckArguments & { readonly config: string },
  world: CommandWorld,
): Promise<number> {
  const membership = await world.membership();
  const trust = await readTrust(options.consortium, world);
  const change = await readChangeFile(options.change, world);
  // Nothing is signed that would be refused.
  if (judge(change, trust, options, world) === undefined) return EXIT.refused;
  const known = trust.consortium.witnesses.flatMap(({ vkeys }) => vkeys);
  const keys = membership
    .nodeKeys(options.config)
    .filter(({ name, keyId }) => known.some((vkey) => vkey.name === name && vkey.keyId === keyId));
  if (keys.length === 0) {
    world.printError("cunzheng: none of this node's keys is in the trust file\n");
    return EXIT.refused;
  }
  const signed = change.approvals.map(parseSignatureLine);
  const isNew = ({ name, keyId }: ApprovalSigner) =>
    !signed.some((line) => line.name === name && line.keyId === keyId);
  const timeSeconds = Math.floor(membership.now() / 1000);
  const added = keys.filter(isNew).map((key) => signApproval(change, timeSeconds, key));
  const approved = { ...change, approvals: [...change.approvals, ...added] };
  const judged = judge(approved, trust, options, world);
  if (judged === undefined) return EXIT.refused;
  await writeChangeFile(options.change, approved, membership);
  tell(approved, trust, judged, options, world);
  const { line } = speech(world.catalogue(), options.lang);
  for (const { name } of keys) world.print(`${line("signed", visible(name))}\n`);
  return EXIT.done;
}

export interface SubmitArguments {
  readonly change: string;
  readonly url: string;
  readonly apiKeyFile: string;
}

export async function submitCommand(options: SubmitArguments, world: CommandWorld): Promise<number> {
  const { submitChange } = await world.membership();
  const change = encodeConsortiumChange(await readChangeFile(options.change, world));
  const { url, apiKeyFile } = options;
  const { status, body } = await submitChange({ url, apiKeyFile, change });
  if (status === 200 || status === 201) {
    world.print(`${visible(body)}\n`);
    return EXIT.done;
  }
  world.printError(`cunzheng: the notary refused it (${status}): ${visible(body)}\n`);
  return EXIT.refused;
}

function judge(
  change: ConsortiumChange,
  { file: before, consortium }: GivenTrust,
  // The largest tree for which it can be judged, where none is named: what is new counts from then on.
  { treeSize = Math.min(lastingSize(consortium), firstSizeOf(change.change) ?? Infinity) }: CheckArguments,
  world: CommandWorld,
): JudgedChange | undefined {
  try {
    const judged = judgeChange({ before, change, treeSize, ...world.verifiers });
    refuseBrokenResult(judged.after);
    return judged;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    world.printError(`cunzheng: no such change: ${problemText(error)}\n`);
    return undefined;
  }
}

function tell(
  change: ConsortiumChange,
  { file }: GivenTrust,
  { approvals }: JudgedChange,
  { lang }: CheckArguments,
  world: CommandWorld,
): void {
  const words = speech(world.catalogue(), lang);
  world.print(`${[...changeLines(change, file, words), ...approvalLines(approvals, words)].join("\n")}\n`);
}
