/** A small consortium with keys of its own in a folder, and witnesses that answer when told to. */
import { join } from "node:path";
import { utf8 } from "../../src/core/bytes.js";
import { SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import { openSigningKey, type SigningKey } from "../../src/platform/keys/keys.js";
import { WitnessDouble } from "../notary/witness-double.js";
import { pemOf, ROOT } from "../certificate/signer.js";

export const ORIGIN = "ledger.example/http-test";

const ORGANISATIONS = [
  { id: "example-notary", role: "notary", zh: "示例公证处", en: "Example Notary" },
  { id: "example-court-a", role: "court", zh: "示例法院甲", en: "Example Court A" },
  { id: "example-court-b", role: "court", zh: "示例法院乙", en: "Example Court B" },
  { id: "example-bank-a", role: "bank", zh: "示例银行甲", en: "Example Bank A" },
  { id: "example-bank-b", role: "bank", zh: "示例银行乙", en: "Example Bank B" },
] as const;

export interface SampleConsortium {
  readonly json: Uint8Array;
  readonly logSigner: SigningKey;
  readonly receiptSigner: SigningKey;
  readonly witnesses: ReadonlyMap<string, WitnessDouble>;
}

/** `banks`: how many of them the quorum asks for. `timestampAuthorities`: PEM. */
export function sampleConsortium(
  folder: string,
  { banks = 1, timestampAuthorities = [] as readonly string[] } = {},
): SampleConsortium {
  const key = (name: string, type: number) =>
    openSigningKey(join(folder, `${name.replace(/[/.]/g, "-")}.key`), { name, type }).key;
  const logSigner = key(ORIGIN, SIGNATURE_TYPE.ed25519);
  const receiptSigner = key("receipts.example", SIGNATURE_TYPE.ed25519);
  const nodes = ORGANISATIONS.slice(1).map(({ id }) => ({
    organisation: id,
    signer: key(`${id}.example/witness`, SIGNATURE_TYPE.cosignature),
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
    organisations: ORGANISATIONS.map(({ id, role, zh, en }, i) => ({
      id,
      role,
      name: { zh, en },
      creditCode: `EXAMPLE000000000${i + 1}X`,
    })),
    witnesses: nodes.map(({ organisation, signer }) => ({
      name: signer.name,
      kind: "witness",
      vkeys: [signer.vkey],
      organisation,
      url: "http://127.0.0.1/",
    })),
    quorum: { total: 3, roles: { court: 1, bank: banks }, excludeParties: true, mirrorsOnly: false },
    timestampAuthorities,
    certificateAuthorities: [pemOf(ROOT)],
  };
  return {
    json: utf8(`${JSON.stringify(consortium, null, 2)}\n`),
    logSigner,
    receiptSigner,
    witnesses: new Map(nodes.map(({ signer }) => [signer.name, new WitnessDouble(signer, () => Date.now())])),
  };
}
