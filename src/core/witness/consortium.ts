/**
 * The trust file (`consortium.json`): whose log, whose cosigners, and how many of whom must have signed. It
 * belongs to the verifier and is never taken from the evidence under test, so a broken one verifies nothing:
 * everything that could make a key ambiguous or a quorum empty is refused here, before any signature is read.
 * docs/evidence-format.md, "Trust file".
 */
import { abbreviate } from "../bytes.js";
import { isStrongPublicKey } from "../ledger/ed25519.js";
import { algorithmOf, parseVkey, SIGNATURE_TYPE, type VerifierKey } from "../ledger/vkey.js";
import { atField, ParseError } from "../errors.js";
import { type JsonValue, parseJson } from "../record/json.js";
import {
  readArray,
  readBoolean,
  readInteger,
  readObject,
  readOneOf,
  readSlug,
  readString,
  readType,
} from "../record/reader.js";
import { parseCertificatePem } from "./pem.js";
import { SIGNATURE_DEMANDS, type SignatureDemand } from "./signature-demand.js";

export const ORGANISATION_ROLES = [
  "court",
  "bank",
  "arbitration",
  "notary",
  "forensic",
  "regulator",
] as const;
export type OrganisationRole = (typeof ORGANISATION_ROLES)[number];

export interface ConsortiumOrganisation {
  readonly id: string;
  readonly role: OrganisationRole;
  readonly name: { readonly zh: string; readonly en: string };
  readonly creditCode: string;
  readonly controlledBy?: string;
}

export interface Witness {
  readonly name: string;
  readonly kind: "mirror" | "witness";
  /** Only keys of a type this program verifies; the others are in `Consortium.setAside`. */
  readonly vkeys: readonly VerifierKey[];
  readonly organisation: string;
  readonly url: string;
  /** First tree size at which its cosignatures count. */
  readonly from?: number;
  /** First tree size at which they no longer do. */
  readonly until?: number;
}

export interface QuorumRule {
  /** Distinct organisations. */
  readonly total: number;
  readonly roles: readonly { readonly role: OrganisationRole; readonly count: number }[];
  readonly excludeParties: boolean;
  readonly mirrorsOnly: boolean;
  /** Of the log, and of each cosigner that counts. */
  readonly signatures: SignatureDemand;
}

export interface Consortium {
  readonly log: {
    readonly origin: string;
    readonly organisation: string;
    readonly vkeys: readonly VerifierKey[];
    readonly url: string;
  };
  readonly receipts: { readonly vkeys: readonly VerifierKey[] };
  readonly organisations: readonly ConsortiumOrganisation[];
  readonly witnesses: readonly Witness[];
  readonly quorum: QuorumRule;
  /** DER, as the PEM texts hold it; whether it is X.509 is for src/pki to say. */
  readonly timestampAuthorities: readonly Uint8Array[];
  readonly certificateAuthorities: readonly Uint8Array[];
  /** Keys of a type this program does not know: ignored, and named in the report. */
  readonly setAside: readonly { readonly name: string; readonly type: number }[];
}

/** Throws `ParseError` for every way in which a trust file is broken (FORMAT-RULES: "Trust file"). */
export function parseConsortium(bytes: Uint8Array): Consortium {
  const file = readFile(parseJson(bytes, { numbers: "canonical" }), "");
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
  const consortium: Consortium = {
    log: { ...file.log, vkeys: keysOf(file.log.vkeys, [ed25519, mlDsa44], file.log.origin, "/log/vkeys") },
    receipts: { vkeys: keysOf(file.receipts.vkeys, [ed25519], undefined, "/receipts/vkeys") },
    organisations: file.organisations,
    witnesses: file.witnesses.map((witness, i) => ({
      ...witness,
      vkeys: keysOf(witness.vkeys, [cosignature, mlDsa44], witness.name, `/witnesses/${i}/vkeys`),
    })),
    quorum: ruleOf(file.quorum),
    timestampAuthorities: authorities("timestampAuthorities"),
    certificateAuthorities: authorities("certificateAuthorities"),
    setAside,
  };
  refuseUnknownOrganisations(consortium);
  refuseSharedKeys(consortium);
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
    signatures,
  };
}

/** Of the keys that can sign what their holder signs. */
type KeyTypes = readonly VerifierKey["type"][];

/** A key of the trust file: well-formed, named as its holder is, and not of small order. */
function readKey(text: string, name: string | undefined, field: string): VerifierKey {
  const vkey = atField(field, () => parseVkey(text));
  if (name !== undefined && vkey.name !== name) {
    throw new ParseError("vkey-mismatch", "the key is of another name", {
      field,
      got: vkey.name,
      want: name,
    });
  }
  if (algorithmOf(vkey) === "ed25519" && !isStrongPublicKey(vkey.publicKey)) {
    throw new ParseError("key-weak", "not a canonical Ed25519 key of large order", {
      field,
      got: abbreviate(text),
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
  const members = [
    { id: log.organisation, field: "/log/organisation" },
    ...witnesses.map(({ organisation }, i) => ({ id: organisation, field: `/witnesses/${i}/organisation` })),
  ];
  for (const { id, field } of members) {
    if (!ids.has(id))
      throw new ParseError("organisation-unknown", "no organisation of this id", { field, got: id });
  }
}

/**
 * One key, one holder, one purpose. An Ed25519 cosignature does not sign its cosigner's name, so one key under two
 * names would let one signature be shown twice; an ML-DSA-44 one does, and the rule is the same for both. A witness may stand in the list again with the same key (it left
 * and came back), but only as the same node of the same organisation.
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
  for (const vkey of receipts.vkeys) claim([vkey], `receipt ${vkey.name}`, "/receipts/vkeys");
  witnesses.forEach(({ vkeys, name, organisation, kind }, i) => {
    claim(vkeys, `witness ${JSON.stringify([name, organisation, kind])}`, `/witnesses/${i}/vkeys`);
  });
}

const readTreeSize = readInteger({ min: 0 });
const readCount = (value: JsonValue, field: string): number => {
  const count = readInteger({ min: 0 })(value, field);
  if (count === 0)
    throw new ParseError("quorum-invalid", "a quorum of nobody", { field, got: "0", want: "at least 1" });
  return count;
};

const readOrganisation = (value: JsonValue, field: string): ConsortiumOrganisation =>
  readObject(value, field, {
    required: {
      id: readSlug,
      role: readOneOf(...ORGANISATION_ROLES),
      name: (name, at) => readObject(name, at, { required: { zh: readString, en: readString } }),
      creditCode: readString,
    },
    optional: { controlledBy: readSlug },
  });

const QUORUM_MEMBERS = {
  required: {
    total: readCount,
    roles: (roles: JsonValue, at: string) =>
      readObject(roles, at, {
        required: {},
        optional: {
          court: readCount,
          bank: readCount,
          arbitration: readCount,
          notary: readCount,
          forensic: readCount,
          regulator: readCount,
        },
      }),
  },
  optional: { excludeParties: readBoolean, mirrorsOnly: readBoolean },
};
const readQuorum = (value: JsonValue, field: string) =>
  readObject(value, field, {
    ...QUORUM_MEMBERS,
    required: { ...QUORUM_MEMBERS.required, signatures: readOneOf(...SIGNATURE_DEMANDS) },
  });
type QuorumMembers = ReturnType<typeof readQuorum>;

/** Of version 1, which leaves the choice to whoever signs. */
const readQuorumV1 = (value: JsonValue, field: string): QuorumMembers => ({
  ...readObject(value, field, QUORUM_MEMBERS),
  signatures: "any",
});

const TRUST_FILE_TYPES = ["cunzheng/consortium@v1", "cunzheng/consortium@v2"] as const;

const readFile = (value: JsonValue, field: string) => {
  const [v1, v2] = TRUST_FILE_TYPES;
  const isV2 = typeof value === "object" && value !== null && "type" in value && value["type"] === v2;
  return readObject(value, field, {
    required: {
      type: readType<(typeof TRUST_FILE_TYPES)[number]>(isV2 ? v2 : v1),
      log: (log, at) =>
        readObject(log, at, {
          required: {
            origin: readString,
            organisation: readSlug,
            vkeys: readArray(readString),
            url: readString,
          },
        }),
      receipts: (receipts, at) => readObject(receipts, at, { required: { vkeys: readArray(readString) } }),
      organisations: readArray(readOrganisation),
      witnesses: readArray((witness: JsonValue, at: string) =>
        readObject(witness, at, {
          required: {
            name: readString,
            kind: readOneOf("mirror", "witness"),
            vkeys: readArray(readString),
            organisation: readSlug,
            url: readString,
          },
          optional: { from: readTreeSize, until: readTreeSize },
        }),
      ),
      quorum: isV2 ? readQuorum : readQuorumV1,
      timestampAuthorities: readArray(readString),
      certificateAuthorities: readArray(readString),
    },
  });
};

/**
 * Throws `organisation-unknown` when a named party is no organisation of the trust file: a slip of the caller's pen must
 * not pass for an exclusion.
 */
export function refuseUnknownParties({ organisations }: Consortium, parties: readonly string[]): void {
  for (const party of parties) {
    if (!organisations.some(({ id }) => id === party)) {
      throw new ParseError("organisation-unknown", `the trust file has no organisation ${party}`, {
        got: party,
        want: organisations.map(({ id }) => id).join(", "),
      });
    }
  }
}

/** Each key once, of whichever cosigner. */
export function cosignerVkeys({ witnesses }: Consortium): VerifierKey[] {
  return [...new Map(witnesses.flatMap(({ vkeys }) => vkeys.map((vkey) => [vkey.text, vkey]))).values()];
}

/** One a name: a cosigner that left and came back stands in the trust file twice. The last entry, with all its keys. */
export function cosignersByName({ witnesses }: Consortium): Witness[] {
  const byName = new Map<string, Witness>();
  for (const witness of witnesses) {
    const vkeys = [...(byName.get(witness.name)?.vkeys ?? []), ...witness.vkeys];
    const unique = new Map(vkeys.map((vkey) => [vkey.text, vkey]));
    byName.set(witness.name, { ...witness, vkeys: [...unique.values()] });
  }
  return [...byName.values()];
}
