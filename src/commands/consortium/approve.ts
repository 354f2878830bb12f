/** `cunzheng consortium approve`: a change is shown, and signed with the node's keys. */
import { parseSignatureLine } from "../../core/ledger/note.js";
import { type ApprovalSigner, signApproval } from "../../core/membership/approval.js";
import { command } from "../model/command.js";
import { EXIT } from "../model/exit-codes.js";
import { required } from "../model/options.js";
import type { World } from "../model/world.js";
import { visible } from "../text/report-text.js";
import { readChangeFile, readTrust, writeChangeFile } from "./files.js";
import { judge, tell } from "./judge.js";
import type { ConsortiumEffects } from "./membership-world.js";
import { CHANGE, judgedSize, lang, trustFile } from "./options.js";
import { speech } from "./text/words.js";

export const approve = command({
  name: "approve",
  description: "show what a change does and sign it with the node's keys; run `check` first",
  options: {
    consortium: trustFile,
    config: required("<file>", "witness.json; the node may be running"),
    change: required("<file>", `${CHANGE}; the approval is added to it`),
    treeSize: judgedSize,
    lang,
  },
  run: async (options, world: World & ConsortiumEffects) => {
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
  },
});
