/** Changes under trust files that demand signatures of one algorithm or of both, of the consortium and by it. */
import { SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import type { SignatureDemand } from "../../src/core/trust/signature-demand.js";
import type { TrustFile } from "../../src/core/trust/trust-file.js";
import { type Made, trustFile } from "./membership-world.js";
import { cosigners, type Signer, signer } from "./sample-world.js";

const { courtEast, courtWest, bankB } = cosigners;
const second = ({ vkey: { name } }: Signer, seed: number) => signer(name, SIGNATURE_TYPE.mlDsa44, seed);
const SECONDS = [second(courtEast, 31), second(courtWest, 32), second(bankB, 34)] as const;
const [courtEastSecond, courtWestSecond, bankBSecond] = SECONDS;
const FIRSTS = [courtEast, courtWest, bankB] as const;

/** Two courts and a bank, of whom all is asked, have both keys. */
function demanding(signatures: SignatureDemand): TrustFile {
  const file = trustFile();
  return {
    ...file,
    type: "cunzheng/consortium@v2",
    witnesses: file.witnesses.map((witness) => ({
      ...witness,
      vkeys: [
        ...witness.vkeys,
        ...SECONDS.flatMap(({ vkey }) => (vkey.name === witness.name ? [vkey.text] : [])),
      ],
    })),
    quorum: { ...file.quorum, signatures },
  };
}

const change = { kind: "change-log", url: "https://new.example/ledger" } as const;
const under = (
  signatures: SignatureDemand,
  approvers: readonly Signer[],
  more: Partial<Made> = {},
): Made => ({
  before: demanding(signatures),
  change,
  approvers,
  ...more,
});
const demand = (signatures: string): Made["change"] => {
  const { total, roles, mirrorsOnly } = trustFile().quorum;
  const quorum = { total, roles, ...(mirrorsOnly !== undefined && { mirrorsOnly }), signatures };
  return { kind: "change-quorum", quorum, from: 120 } as Made["change"];
};

export const ACCEPTED: Readonly<Record<string, Made>> = {
  "either algorithm approves where either suffices": under("any", [courtEast, courtWestSecond, bankBSecond]),
  "Ed25519 approves where it is demanded": under("ed25519", FIRSTS),
  "ML-DSA-44 approves where it is demanded": under("ml-dsa-44", SECONDS),
  "both approve where both are demanded": under("both", [...FIRSTS, ...SECONDS]),
  "the demand becomes another": under("any", FIRSTS, { change: demand("both") }),
};

export const REFUSED: Readonly<Record<string, readonly [string, Made]>> = {
  "Ed25519 alone, where ML-DSA-44 is demanded": ["approvals-insufficient", under("ml-dsa-44", FIRSTS)],
  "ML-DSA-44 alone, where Ed25519 is demanded": ["approvals-insufficient", under("ed25519", SECONDS)],
  "Ed25519 alone, where both are demanded": ["approvals-insufficient", under("both", FIRSTS)],
  "half of them with the one, half with the other": [
    "approvals-insufficient",
    under("both", [courtEast, courtWest, bankBSecond, courtEastSecond]),
  ],
  "an ML-DSA-44 signature of something else": [
    "signature-invalid",
    under("ml-dsa-44", SECONDS, { message: () => Uint8Array.of(1) }),
  ],
  "an ML-DSA-44 key approves twice": [
    "approval-repeated",
    under("any", [...FIRSTS, bankBSecond, bankBSecond]),
  ],
  "an ML-DSA-44 key of nobody": ["approval-unknown", { change, approvers: [...FIRSTS, bankBSecond] }],
  "a demand that too few could meet": [
    "change-quorum-unreachable",
    { change: demand("ml-dsa-44"), approvers: FIRSTS },
  ],
  "a demand that the format doesn't have": ["value-range", { change: demand("sm2"), approvers: FIRSTS }],
};
