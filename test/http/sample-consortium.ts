/** A small consortium whose every key is made here from a seed: keys, signers, and cosigners that answer when told to. */
import { utf8 } from "../../src/core/bytes.js";
import { publicKeyFromSeed, signEd25519 } from "../../src/core/ledger/ed25519.js";
import { formatSignatureLine, parseNote } from "../../src/core/ledger/note.js";
import { formatVkey, keyIdOf, SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import { cosignatureMessage, encodeCosignature } from "../../src/core/witness/cosignature.js";
import { type Signer, type WitnessClient } from "../../src/notary/ports.js";

export const ORIGIN = "ledger.example/http-test";

const MEMBERS = [
  { id: "example-notary", role: "notary", zh: "示例公证处", en: "Example Notary" },
  { id: "example-court-a", role: "court", zh: "示例法院甲", en: "Example Court A" },
  { id: "example-court-b", role: "court", zh: "示例法院乙", en: "Example Court B" },
  { id: "example-bank-a", role: "bank", zh: "示例银行甲", en: "Example Bank A" },
  { id: "example-bank-b", role: "bank", zh: "示例银行乙", en: "Example Bank B" },
] as const;

function signerOf(name: string, type: number, seedByte: number): Signer {
  const seed = new Uint8Array(32).fill(seedByte);
  const publicKey = publicKeyFromSeed(seed);
  const key = { name, type, publicKey };
  return {
    name,
    keyId: keyIdOf(key),
    vkey: formatVkey(key),
    sign: (message) => signEd25519(seed, message),
  };
}

export interface SampleConsortium {
  readonly json: Uint8Array;
  readonly logSigner: Signer;
  readonly receiptSigner: Signer;
  readonly witnesses: ReadonlyMap<string, WitnessClient>;
  /** Until then no cosigner answers, and nothing becomes final. */
  answer(): void;
}

export function sampleConsortium(options: { readonly answers: boolean }): SampleConsortium {
  const logSigner = signerOf(ORIGIN, SIGNATURE_TYPE.ed25519, 1);
  const receiptSigner = signerOf("receipts.example", SIGNATURE_TYPE.ed25519, 2);
  let { answers } = options;
  const nodes = MEMBERS.slice(1).map(({ id }, i) => ({
    organisation: id,
    signer: signerOf(`${id}.example/witness`, SIGNATURE_TYPE.cosignature, 10 + i),
  }));
  const consortium = {
    type: "cunzheng/consortium@v1",
    log: {
      origin: ORIGIN,
      organisation: "example-notary",
      vkeys: [logSigner.vkey],
      url: "http://127.0.0.1/ledger",
    },
    receipts: { vkeys: [receiptSigner.vkey] },
    organisations: MEMBERS.map(({ id, role, zh, en }, i) => ({
      id,
      role,
      name: { zh, en },
      creditCode: `EXAMPLE000000000${i}X`,
    })),
    witnesses: nodes.map(({ organisation, signer }) => ({
      name: signer.name,
      kind: "witness",
      vkeys: [signer.vkey],
      organisation,
      url: "http://127.0.0.1/",
    })),
    quorum: { total: 3, roles: { court: 1, bank: 1 }, excludeParties: true, mirrorsOnly: false },
    timestampAuthorities: [],
    certificateAuthorities: [],
  };
  return {
    json: utf8(`${JSON.stringify(consortium, null, 2)}\n`),
    logSigner,
    receiptSigner,
    witnesses: new Map(
      nodes.map(({ signer }) => [
        signer.name,
        {
          addCheckpoint: ({ checkpoint }) =>
            answers
              ? Promise.resolve({ kind: "cosigned", body: cosign(signer, parseNote(checkpoint).text) })
              : Promise.reject(new Error("this cosigner is away")),
        } satisfies WitnessClient,
      ]),
    ),
    answer: () => {
      answers = true;
    },
  };
}

function cosign({ name, keyId, sign }: Signer, text: string): string {
  const timeSeconds = Math.floor(Date.now() / 1000);
  const signature = sign(cosignatureMessage(timeSeconds, text));
  return `${formatSignatureLine(name, keyId, encodeCosignature({ timeSeconds, signature }))}\n`;
}
