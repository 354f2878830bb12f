/**
 * The trust file (`consortium.json`): whose log, whose cosigners, and how many of whom must have signed. It
 * belongs to the verifier and is never taken from the evidence under test, so a broken one verifies nothing:
 * everything that could make a key ambiguous or a quorum empty is refused here, before any signature is read.
 * docs/evidence-format.md, "Trust file".
 */
import { abbreviate } from "../bytes.js";
import { parseVkey, SIGNATURE_TYPE, type VerifierKey } from "../ledger/vkey.js";
import { atField, ParseError } from "../errors.js";
import { foldText } from "./identity.js";
import { parseCertificatePem } from "./pem.js";
import type { SignatureDemand } from "./signature-demand.js";
import {
  type ConsortiumOrganisation,
  ORGANISATION_ROLES,
  type OrganisationRole,
  parseTrustFile,
  type QuorumMembers,
} from "./trust-file.js";

export interface Witness {
  readonly name: string;
  readonly kind: "mirror" | "witness";
  /** Only keys of a type that this program verifies stand here; the others are in `Consortium.setAside`. */
  readonly vkeys: readonly VerifierKey[];
  readonly organisation: string;
  readonly url: string;
  /** The first tree size at which its cosignatures count. */
  readonly from?: number;
  /** The first tree size at which they no longer count. */
  readonly until?: number;
}

export interface QuorumRule {
  /** The number of distinct organisations that must have cosigned. */
  readonly total: number;
  readonly roles: readonly { readonly role: OrganisationRole; readonly count: number }[];
  readonly excludeParties: boolean;
  readonly mirrorsOnly: boolean;
  /** The demand holds for the log, and for each cosigner that counts. */
  readonly signatures: SignatureDemand;
}

/** A former value held for trees of less than `until` leaves. */
export type Former<T> = T & { readonly until: number };

export interface Consortium {
  /**
   * The revision says how many changes of the ledger the file holds: so it never is the same again, whatever is
   * changed back.
   */
  readonly revision: number;
  readonly log: {
    readonly origin: string;
    readonly organisation: string;
    readonly vkeys: readonly VerifierKey[];
    readonly former: readonly Former<{ readonly vkey: VerifierKey }>[];
    readonly url: string;
  };
  readonly receipts: { readonly vkeys: readonly VerifierKey[] };
  readonly organisations: readonly ConsortiumOrganisation[];
  readonly witnesses: readonly Witness[];
  readonly quorum: QuorumRule & {
    /**
     * Former rules stand by `until`, ascending: the first whose `until` is above a tree's size is the rule for it.
     */
    readonly former: readonly Former<QuorumRule>[];
  };
  /** The certificates are DER, as the PEM texts hold it; whether it is X.509 is for src/pki to say. */
  readonly timestampAuthorities: readonly Uint8Array[];
  readonly certificateAuthorities: readonly Uint8Array[];
  /** Keys of a type that this program does not know are ignored, and named in the report. */
  readonly setAside: readonly { readonly name: string; readonly type: number }[];
}

/** Reads a trust file. Throws `ParseError` for every way in which one is broken (FORMAT-RULES: "Trust file"). */
export function parseConsortium(bytes: Uint8Array): Consortium {
  const file = parseTrustFile(bytes);
  const setAside: { name: string; type: number }[] = [];
  const keysOf = (texts: readonly string[], purpose: KeyTypes, name: string | undefined, field: string) =>
    texts.flatMap((text, i) => {
      const vkey = readKey(text, name, `${field}/${i}`);
      if (purpose.includes(vkey.type)) return [vkey];
      setAside.push({ name: vkey.name, type: vkey.type });
      return [];
    });

  const authorities = (member: "timestampAuthorities" | "certificateAuthorities") =>
    file[member].map((text, i) => atField(`/${member}/${i}`, () => parseCertificatePem(text)));

  const { ed25519, cosignature, mlDsa44 } = SIGNATURE_TYPE;
  const { origin } = file.log;
  const consortium: Consortium = {
    revision: file.revision ?? 0,
    log: {
      ...file.log,
      vkeys: keysOf(file.log.vkeys, [ed25519, mlDsa44], origin, "/log/vkeys"),
      former: (file.log.former ?? []).flatMap(({ vkey, until }, i) =>
        keysOf([vkey], [ed25519, mlDsa44], origin, `/log/former/${i}/vkey`).map((key) => ({
          vkey: key,
          until,
        })),
      ),
    },
    receipts: { vkeys: keysOf(file.receipts.vkeys, [ed25519], undefined, "/receipts/vkeys") },
    organisations: file.organisations,
    witnesses: file.witnesses.map((witness, i) => ({
      ...witness,
      vkeys: keysOf(witness.vkeys, [cosignature, mlDsa44], witness.name, `/witnesses/${i}/vkeys`),
    })),
    quorum: {
      ...ruleOf(file.quorum),
      former: (file.quorum.former ?? []).map((rule) => ({ ...ruleOf(rule), until: rule.until })),
    },
    timestampAuthorities: authorities("timestampAuthorities"),
    certificateAuthorities: authorities("certificateAuthorities"),
    setAside,
  };
  refuseUnknownOrganisations(consortium);
  refuseSharedKeys(consortium);
  refuseDisorder(consortium);
  return consortium;
}

function ruleOf({ total, roles, excludeParties, mirrorsOnly, signatures }: QuorumMembers): QuorumRule {
  return {
    total,
    roles: ORGANISATION_ROLES.flatMap((role) => {
      const count = roles[role];
      return count === undefined ? [] : [{ role, count }];
    }),
    excludeParties: excludeParties ?? true,
    mirrorsOnly: mirrorsOnly ?? true,
    // Version 1 can't say: it leaves the choice to whoever signs.
    signatures: signatures ?? "any",
  };
}

/** Refuses former rules out of order: which rule held at a size must not depend on who reads the list. */
function refuseDisorder({ quorum: { former } }: Consortium): void {
  former.forEach(({ until }, i) => {
    const before = former[i - 1]?.until ?? -1;
    if (until <= before)
      throw new ParseError("value-range", "former quorums in another order than that of their sizes", {
        field: `/quorum/former/${i}/until`,
        got: String(until),
        want: `above ${before}`,
      });
  });
}

/** These are the types of the keys that can sign what their holder signs. */
type KeyTypes = readonly VerifierKey["type"][];

/** A key of the trust file: well-formed and not of small order, as `parseVkey` has it, and named as its holder is. */
function readKey(text: string, name: string | undefined, field: string): VerifierKey {
  const vkey = atField(field, () => parseVkey(text));
  if (name !== undefined && vkey.name !== name) {
    throw new ParseError("vkey-mismatch", "the key is of another name", {
      field,
      got: vkey.name,
      want: name,
    });
  }
  return vkey;
}

function refuseUnknownOrganisations({ log, organisations, witnesses }: Consortium): void {
  const ids = new Set<string>();
  organisations.forEach(({ id }, i) => {
    if (ids.has(id)) {
      throw new ParseError("organisation-duplicate", "two organisations of one id", {
        field: `/organisations/${i}/id`,
        got: id,
      });
    }
    ids.add(id);
  });
  refuseSharedCreditCodes(organisations);
  const members = [
    { id: log.organisation, field: "/log/organisation" },
    ...witnesses.map(({ organisation }, i) => ({ id: organisation, field: `/witnesses/${i}/organisation` })),
  ];
  for (const { id, field } of members) {
    if (!ids.has(id))
      throw new ParseError("organisation-unknown", "no organisation of this id", { field, got: id });
  }
}

/** Refuses one credit code of two organisations: under two ids it would count twice. */
function refuseSharedCreditCodes(organisations: Consortium["organisations"]): void {
  const holders = new Map<string, string>();
  organisations.forEach(({ id, creditCode }, i) => {
    const code = foldText(creditCode);
    const other = holders.get(code);
    if (other !== undefined)
      throw new ParseError("credit-code-duplicate", "two organisations of one credit code", {
        field: `/organisations/${i}/creditCode`,
        got: abbreviate(creditCode),
        want: `another than that of ${other}`,
      });
    holders.set(code, id);
  });
}

/**
 * One key, one holder, one purpose. An Ed25519 cosignature does not sign its cosigner's name, so one key under two
 * names would let one signature be shown twice; an ML-DSA-44 one does, and the rule is the same for both. A witness may
 * stand in the list again with the same key (it left and came back), but only as the same node of the same organisation.
 */
function refuseSharedKeys({ log, receipts, witnesses }: Consortium): void {
  const holders = new Map<string, string>();
  const claim = (vkeys: readonly VerifierKey[], holder: string, field: string) => {
    for (const { publicKey, text } of vkeys) {
      const key = publicKey.join();
      const other = holders.get(key) ?? holder;
      if (other !== holder) {
        throw new ParseError("key-reused", "one key under two names", { field, got: abbreviate(text) });
      }
      holders.set(key, holder);
    }
  };
  claim(log.vkeys, "log", "/log/vkeys");
  log.former.forEach(({ vkey }, i) => claim([vkey], "log", `/log/former/${i}/vkey`));
  for (const vkey of receipts.vkeys) claim([vkey], `receipt ${vkey.name}`, "/receipts/vkeys");
  witnesses.forEach(({ vkeys, name, organisation, kind }, i) => {
    claim(vkeys, `witness ${JSON.stringify([name, organisation, kind])}`, `/witnesses/${i}/vkeys`);
  });
}

/** Gives the log's keys for a tree of this size. */
export function logKeysAt({ log }: Consortium, treeSize: number): VerifierKey[] {
  return [...log.vkeys, ...log.former.flatMap(({ vkey, until }) => (treeSize < until ? [vkey] : []))];
}

/** Gives the rule that decides on a tree of this size. */
export function quorumAt({ quorum }: Consortium, treeSize: number): QuorumRule {
  return quorum.former.find(({ until }) => treeSize < until) ?? quorum;
}

/** Gives every tree size at which something begins or ends to count. */
export function sizesNamed({ log, witnesses, quorum }: Consortium): number[] {
  return [
    ...log.former.map(({ until }) => until),
    ...quorum.former.map(({ until }) => until),
    ...witnesses.flatMap(({ from = 0, until = 0 }) => [from, until]),
  ];
}

/** Gives the greatest tree size that the trust file names: what holds there holds from then on. */
export function lastingSize(consortium: Consortium): number {
  return sizesNamed(consortium).reduce((greatest, size) => Math.max(greatest, size), 0);
}

/** Gives each cosigner's key once. */
export function cosignerVkeys({ witnesses }: Consortium): VerifierKey[] {
  return [...new Map(witnesses.flatMap(({ vkeys }) => vkeys.map((vkey) => [vkey.text, vkey]))).values()];
}

/**
 * Gives one cosigner a name. One that left and came back stands in the trust file twice: the last entry is given,
 * with all its keys.
 */
export function cosignersByName({ witnesses }: Consortium): Witness[] {
  return joined(witnesses, ({ name }) => name);
}

/**
 * Gives the same, but that a name which passed from one organisation to another is a cosigner of each: neither signs
 * for the other.
 */
export function cosignersByOrganisation({ witnesses }: Consortium): Witness[] {
  return joined(witnesses, ({ organisation, name }) => `${organisation} ${name}`);
}

function joined(witnesses: readonly Witness[], nameOf: (witness: Witness) => string): Witness[] {
  const cosigners = new Map<string, { last: Witness; readonly vkeys: Map<string, VerifierKey> }>();
  for (const witness of witnesses) {
    const name = nameOf(witness);
    const cosigner = cosigners.get(name) ?? { last: witness, vkeys: new Map<string, VerifierKey>() };
    cosigner.last = witness;
    for (const vkey of witness.vkeys) cosigner.vkeys.set(vkey.text, vkey);
    cosigners.set(name, cosigner);
  }
  return [...cosigners.values()].map(({ last, vkeys }) => ({ ...last, vkeys: [...vkeys.values()] }));
}
