/** A consortium whose members have keys, and changes of it drawn at random: what tests of membership build on. */
import fc from "fast-check";
import { utf8 } from "../../../src/core/bytes.js";
import { sha256 } from "../../../src/core/digest/sha256.js";
import { VerificationError } from "../../../src/core/errors.js";
import { publicKeyFromSeed, signEd25519 } from "../../../src/core/ledger/ed25519.js";
import { formatVkey, parseVkey, SIGNATURE_TYPE } from "../../../src/core/ledger/vkey.js";
import { type ApprovalSigner, signApproval } from "../../../src/core/membership/approval.js";
import {
  type Change,
  CHANGE_KINDS,
  CHANGE_TYPE,
  type ChangeKind,
  type ConsortiumChange,
  hashTrustFile,
} from "../../../src/core/membership/change.js";
import { resultOfChange } from "../../../src/core/membership/verify-change.js";
import { parseTrustFile, type TrustFile } from "../../../src/core/trust/trust-file.js";
import { isWithin } from "../../../src/core/trust/quorum.js";
import { consortium, json, ORIGIN } from "../../../scripts/make-vectors/sample-world.js";

const seeds = new Map<string, Uint8Array>();

/** The vkey of a key that can sign here. */
export function newVkey(name: string, serial: string, type: number = SIGNATURE_TYPE.cosignature): string {
  const seed = sha256(utf8(`${name} ${serial}`));
  const vkey = formatVkey({ name, type, publicKey: publicKeyFromSeed(seed) });
  seeds.set(vkey, seed);
  return vkey;
}

export function signerOf(vkey: string): ApprovalSigner {
  const seed = seeds.get(vkey);
  if (seed === undefined) throw new Error(`nobody here has the key of ${vkey}`);
  const { name, keyId } = parseVkey(vkey);
  return { name, keyId, sign: (message) => signEd25519(seed, message) };
}

/** The sample trust file, with keys of its own. */
export function firstTrustFile(): TrustFile {
  const file = consortium();
  const witnesses = file.witnesses.map((each) => ({ ...each, vkeys: [newVkey(each.name, "first")] }));
  return parseTrustFile(json({ ...file, witnesses }));
}

/** The change from `before`, approved by whoever of `approvers` (organisations; all where absent) counts there. */
export function approved(
  before: TrustFile,
  change: Change,
  {
    treeSize,
    approvers,
    id = "01KATVRA0TEXAMP1E0000000C1",
  }: { readonly treeSize: number; readonly approvers?: readonly string[]; readonly id?: string },
): ConsortiumChange {
  const proposal: ConsortiumChange = {
    type: CHANGE_TYPE,
    id,
    origin: ORIGIN,
    before: hashTrustFile(before),
    after: hashTrustFile(resultOfChange(before, change)),
    proposedAt: "2026-11-25T08:00:00.000Z",
    reason: "示例原因",
    change,
    approvals: [],
  };
  const keys = before.witnesses.filter(
    (each) => isWithin(each, treeSize) && (approvers?.includes(each.organisation) ?? true),
  );
  const vkeys = new Set(keys.flatMap((each) => each.vkeys));
  const approvals = [...vkeys].map((vkey) => signApproval(proposal, 1_795_600_000, signerOf(vkey)));
  return { ...proposal, approvals };
}

/** Numbers with which `plausibleChange` chooses; the same numbers, the same change. */
export const draw = fc.record({
  kind: fc.constantFrom(...CHANGE_KINDS),
  which: fc.nat(1000),
  serial: fc.nat(1_000_000),
  margin: fc.integer({ min: 1, max: 50 }),
});
export type Draw = typeof draw extends fc.Arbitrary<infer T> ? T : never;

/** A change of that kind which `before` allows in a tree of `treeSize`; undefined where this draw gives none. */
export function plausibleChange(before: TrustFile, drawn: Draw, treeSize: number): Change | undefined {
  const change = changeOf(before, drawn, treeSize);
  try {
    resultOfChange(before, change);
    return change;
  } catch (error) {
    if (error instanceof VerificationError) return undefined;
    throw error;
  }
}

const PEM = "-----BEGIN CERTIFICATE-----\n";

function changeOf(before: TrustFile, { kind, which, serial, margin }: Draw, treeSize: number): Change {
  const pick = <T>(list: readonly T[]): T => list[which % list.length] as T;
  const size = treeSize + margin;
  const text = String(serial);
  const { ed25519 } = SIGNATURE_TYPE;
  const witness = pick(before.witnesses);
  const organisation = pick(before.organisations);
  const certificate = `${PEM}${Buffer.from(text.padStart(9, "0")).toString("base64")}\n-----END CERTIFICATE-----\n`;
  const changes: { [Kind in ChangeKind]: () => Change } = {
    "add-organisation": () => ({
      kind: "add-organisation",
      organisation: { ...organisation, id: `member-${serial % 20}`, creditCode: text },
    }),
    "change-organisation": () => ({
      kind: "change-organisation",
      organisation: { ...organisation, creditCode: text },
    }),
    "retire-organisation": () => ({ kind: "retire-organisation", id: organisation.id, until: size }),
    "add-witness": () => {
      const name = `member-${serial % 20}.example/witness`;
      const vkeys = [newVkey(name, text)];
      const { kind: kindOfNode, url } = witness;
      return {
        kind: "add-witness",
        witness: { name, kind: kindOfNode, vkeys, organisation: organisation.id, url, from: size },
      };
    },
    "change-witness": () => ({ kind: "change-witness", name: witness.name, url: `https://${text}.example` }),
    "rotate-key": () => ({
      kind: "rotate-key",
      name: witness.name,
      until: size,
      vkeys: [newVkey(witness.name, text)],
      from: size,
    }),
    "retire-witness": () => ({ kind: "retire-witness", name: witness.name, until: Math.max(0, size - 60) }),
    "add-log-key": () => ({ kind: "add-log-key", vkey: newVkey(ORIGIN, text, ed25519) }),
    "retire-log-key": () => ({ kind: "retire-log-key", vkey: pick(before.log.vkeys), until: size }),
    "change-log": () => ({ kind: "change-log", url: `https://${text}.example/ledger` }),
    "add-receipt-key": () => ({
      kind: "add-receipt-key",
      vkey: newVkey(`receipts-${text}.example`, text, ed25519),
    }),
    "retire-receipt-key": () => ({ kind: "retire-receipt-key", vkey: pick(before.receipts.vkeys) }),
    "change-quorum": () => ({
      kind: "change-quorum",
      quorum: { total: 1 + (serial % 5), roles: { court: 1 }, mirrorsOnly: false },
      from: size,
    }),
    "add-timestamp-authority": () => ({ kind: "add-timestamp-authority", certificate }),
    "remove-timestamp-authority": () => ({
      kind: "remove-timestamp-authority",
      certificate: pick([...before.timestampAuthorities, certificate]),
    }),
    "add-certificate-authority": () => ({ kind: "add-certificate-authority", certificate }),
    "remove-certificate-authority": () => ({
      kind: "remove-certificate-authority",
      certificate: pick([...before.certificateAuthorities, certificate]),
    }),
  };
  return changes[kind]();
}
