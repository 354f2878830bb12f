/** Trust files of members drawn by tests, each with one node, and their cosignatures: for nobody to verify with. */
import { SIGNATURE_TYPE, type VerifierKey } from "../../../src/core/ledger/vkey.js";
import type { Consortium, Witness } from "../../../src/core/trust/consortium.js";
import type { Cosignature } from "../../../src/core/witness/cosignature.js";
import type { OrganisationRole } from "../../../src/core/trust/trust-file.js";

export interface Member {
  readonly role: OrganisationRole;
  readonly kind?: Witness["kind"];
  /** The id of another member (`member-1`), of the log's operator (`operator`), or of nobody listed. */
  readonly controlledBy?: string | undefined;
}

export const idOf = (i: number): string => `member-${i}`;

const keyOf = (name: string): VerifierKey => ({
  name,
  keyId: 0,
  type: SIGNATURE_TYPE.cosignature,
  publicKey: new Uint8Array(32),
  text: name,
});

export function consortiumOf(members: readonly Member[], quorum: Partial<Consortium["quorum"]>): Consortium {
  const named = (id: string, role: OrganisationRole) => ({
    id,
    role,
    name: { zh: id, en: id },
    creditCode: id,
  });
  return {
    revision: 0,
    log: {
      origin: "ledger.example",
      organisation: "operator",
      vkeys: [],
      former: [],
      url: "https://ledger.example",
    },
    receipts: { vkeys: [] },
    organisations: [
      named("operator", "notary"),
      ...members.map(({ role, controlledBy }, i) => ({
        ...named(idOf(i), role),
        ...(controlledBy !== undefined && { controlledBy }),
      })),
    ],
    witnesses: members.map(({ kind = "mirror" }, i) => ({
      name: `${idOf(i)}.example`,
      kind,
      vkeys: [keyOf(`${idOf(i)}.example`)],
      organisation: idOf(i),
      url: `https://${idOf(i)}.example`,
    })),
    quorum: {
      total: 1,
      roles: [],
      excludeParties: true,
      mirrorsOnly: true,
      signatures: "any",
      former: [],
      ...quorum,
    },
    timestampAuthorities: [],
    certificateAuthorities: [],
    setAside: [],
  };
}

/** Of the member with this number. */
export const cosignatureOf = (member: number, timeSeconds: number): Cosignature => ({
  vkey: keyOf(`${idOf(member)}.example`),
  timeSeconds,
  line: "",
});
