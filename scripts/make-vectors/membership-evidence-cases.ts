/** Evidence under trust files that hold changes: keys and quorums of before keep their trees, and no others. The tree's size is 7. */
import { encodeEvidence } from "../../src/core/evidence/evidence.js";
import { SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import type { EvidenceCase } from "./evidence-cases.js";
import {
  consortium,
  cosigners,
  log,
  ORIGIN,
  sampleEvidence,
  signer,
  type WorldOptions,
} from "./sample-world.js";

const { courtEast, bankB, arbitration } = cosigners;
const newLog = signer(ORIGIN, SIGNATURE_TYPE.ed25519, 33);
const newBankB = signer(bankB.vkey.name, SIGNATURE_TYPE.cosignature, 32);

type File = ReturnType<typeof consortium>;
const v2 = (members: object) => ({
  ...consortium(),
  type: "cunzheng/consortium@v2",
  revision: 1,
  ...members,
});
const logOf = (members: object) => ({ log: { ...consortium().log, vkeys: [newLog.vkey.text], ...members } });
const formerLog = (until: number) => v2(logOf({ former: [{ vkey: log.vkey.text, until }] }));
const strict = { total: 6, roles: { court: 2 }, mirrorsOnly: false };
const formerQuorum = (...untils: readonly number[]) =>
  v2({ quorum: { ...strict, former: untils.map((until) => ({ ...consortium().quorum, until })) } });
const witnesses = (change: (each: File["witnesses"][number]) => readonly object[]) =>
  v2({
    witnesses: consortium().witnesses.flatMap((each) =>
      each.organisation === "bank-b" ? change(each) : [each],
    ),
  });
const rotated = (size: number) =>
  witnesses((each) => [
    { ...each, until: size },
    { ...each, vkeys: [newBankB.vkey.text], from: size },
  ]);

const of = (why: string, file: unknown, options: WorldOptions = {}) => ({
  why,
  consortium: file,
  evidence: encodeEvidence(sampleEvidence(options).evidence),
});
const verified = (...given: Parameters<typeof of>): EvidenceCase => ({
  ...of(...given),
  verdict: "verified",
});
const refused = (check: string, code: string, ...given: Parameters<typeof of>): EvidenceCase => ({
  ...of(...given),
  verdict: "refused",
  failed: { [check]: code },
});
const broken = (code: string, ...given: Parameters<typeof of>): EvidenceCase => ({
  ...of(...given),
  verdict: "incomplete",
  trustProblem: code,
});
const three = { cosigners: [courtEast, bankB, arbitration] };

export function membershipEvidenceCases(): Readonly<Record<string, EvidenceCase>> {
  return {
    "former-log-key": verified("the log's former key signed for trees below 8", formerLog(8)),
    "former-log-key-ended_fail": refused(
      "log-signature",
      "signature-missing",
      "the log's former key signed for trees below 7, and this one has 7",
      formerLog(7),
    ),
    "new-log-key": verified("the key that came after it", formerLog(3), { log: newLog }),
    "former-quorum": verified("for trees below 8 the former quorum holds", formerQuorum(3, 8)),
    "former-quorum-ended_fail": refused(
      "quorum",
      "quorum-not-met",
      "for trees of 7 and more the present quorum holds",
      formerQuorum(3, 7),
    ),
    "rotated-cosigner": verified("the key that a rotation ended at 8 counts below", rotated(8), three),
    "rotated-cosigner-new-key": verified("the new key counts from 5 on", rotated(5), {
      cosigners: [courtEast, newBankB, arbitration],
    }),
    "compromised-cosigner_fail": refused(
      "quorum",
      "quorum-not-met",
      "a key that was in other hands from 3 on",
      rotated(3),
      three,
    ),
    "former-log-key-of-another-origin_incomplete": broken(
      "vkey-mismatch",
      "a former key of the log is named by its origin too",
      v2(logOf({ former: [{ vkey: cosigners.notary.vkey.text, until: 8 }] })),
    ),
    "former-log-key-of-a-cosigner_incomplete": broken(
      "key-reused",
      "a former key of the log signs nothing else",
      v2(logOf({ former: [{ vkey: signer(ORIGIN, SIGNATURE_TYPE.ed25519, 11).vkey.text, until: 8 }] })),
    ),
    "former-quorums-out-of-order_incomplete": broken(
      "value-range",
      "which quorum held must not depend on who reads the list",
      formerQuorum(8, 8),
    ),
    "former-quorum-of-nobody_incomplete": broken(
      "quorum-invalid",
      "former quorums are quorums",
      v2({ quorum: { ...strict, former: [{ ...strict, total: 0, until: 8 }] } }),
    ),
    "revision-in-version-1_incomplete": broken("member-unknown", "version 1 has no revision", {
      ...consortium(),
      revision: 1,
    }),
    "revision-0_incomplete": broken("value-range", "a trust file without changes has no revision", {
      ...v2({}),
      revision: 0,
    }),
    "former-log-keys-in-version-1_incomplete": broken("member-unknown", "version 1 has no former keys", {
      ...consortium(),
      ...logOf({ former: [] }),
    }),
    "consortium-version-3_incomplete": broken("type-unknown", "a later version has other members", {
      ...consortium(),
      type: "cunzheng/consortium@v3",
    }),
  };
}
