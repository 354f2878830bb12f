/** A trust file for somebody else's log, witnessed by nodes of ours, and its policy as `cunzheng policy` prints it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { publicKeyFromSeed } from "../../src/core/ledger/ed25519.js";
import { formatVkey, SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import { runProgram } from "../story/offline-verifier.js";
import type { OurWitness, WitnessedLog } from "./witness-node.js";

export interface TrustedNode {
  readonly role: "court" | "bank";
  readonly node: Pick<OurWitness, "name" | "vkey" | "url">;
}

/** Every one of the nodes must cosign. Resolves with the policy's file. */
export async function writePolicy(
  folder: string,
  { log, nodes, format }: { log: WitnessedLog; nodes: readonly TrustedNode[]; format: "c2sp" | "sigsum" },
): Promise<string> {
  const organisation = (id: string, role: string) => ({
    id,
    role,
    name: { zh: "示例", en: "Example" },
    creditCode: `EXAMPLE-${id}`,
  });
  const consortium = {
    type: "cunzheng/consortium@v1",
    log: { origin: log.origin, organisation: "operator", vkeys: [log.vkey], url: log.url },
    receipts: { vkeys: [] },
    organisations: [
      organisation("operator", "notary"),
      ...nodes.map(({ role }, i) => organisation(`${role}-${i}`, role)),
    ],
    witnesses: nodes.map(({ role, node: { name, vkey, url } }, i) => ({
      name,
      kind: "witness",
      vkeys: [vkey],
      organisation: `${role}-${i}`,
      url,
    })),
    quorum: { total: nodes.length, roles: {}, mirrorsOnly: false },
    timestampAuthorities: [],
    certificateAuthorities: [],
  };
  const trustFile = join(folder, "consortium.json");
  writeFileSync(trustFile, JSON.stringify(consortium));
  const answer = await runProgram([], ["policy", "--consortium", trustFile, "--format", format]);
  if (answer.exitCode !== 0) throw new Error(`cunzheng policy: ${answer.exitCode} ${answer.stderr}`);
  const file = join(folder, `policy-${nodes.map(({ node }) => node.name.replaceAll("/", "-")).join("+")}`);
  writeFileSync(file, answer.stdout);
  return file;
}

/** A witness that never signed anything. */
export function stranger(url: string): TrustedNode["node"] {
  const name = "stranger.example/witness";
  const publicKey = publicKeyFromSeed(new Uint8Array(32).fill(9));
  return { name, vkey: formatVkey({ name, type: SIGNATURE_TYPE.cosignature, publicKey }), url };
}
