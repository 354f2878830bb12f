/** The keys of a node: each of its cosigners has an Ed25519 key, and may have an ML-DSA-44 key of the same name beside it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { equalBytes } from "../../core/bytes.js";
import { SIGNATURE_TYPE } from "../../core/ledger/vkey.js";
import { openSigningKey, type SigningKey } from "../../platform/keys/keys.js";
import type { Logger } from "../../platform/logger.js";
import type { WitnessConfiguration } from "../configuration/configuration.js";
import type { KeyFiles } from "../configuration/cosigners.js";

export interface CosignerKeys {
  readonly key: SigningKey;
  /** The second key is of ML-DSA-44. */
  readonly postQuantum?: SigningKey;
}

export const keysOf = ({ key, postQuantum }: CosignerKeys): SigningKey[] =>
  postQuantum ? [key, postQuantum] : [key];

/** Gives a cosigner's identity as `/status` shows it. */
export const identityOf = ({ key, postQuantum }: CosignerKeys) => ({
  name: key.name,
  vkey: key.vkey,
  ...(postQuantum && { postQuantumVkey: postQuantum.vkey }),
});

/** SPEC (tlog-mirror): "this witness service MUST be a distinct cosigner from the mirror cosigner, with a distinct name." */
export function openKeys(
  config: WitnessConfiguration,
  logger: Logger,
): { witnessKeys: CosignerKeys; mirrorKeys?: CosignerKeys } {
  const open = (kind: Kind, name: string, files: KeyFiles) =>
    openCosignerKeys({ kind, name, dataFolder: config.dataFolder, ...files }, logger);
  const witnessKeys = open("witness", config.name, config);
  if (config.mirror === undefined) return { witnessKeys };
  const mirrorKeys = open("mirror", config.mirror.name, config.mirror);
  // An Ed25519 cosignature does not sign its cosigner's name: one key would let a witness pass for a mirror. An ML-DSA-44
  // one does, and a trust file refuses a key under two names all the same.
  const shared = keysOf(witnessKeys).some(({ publicKey }) =>
    keysOf(mirrorKeys).some((other) => equalBytes(publicKey, other.publicKey)),
  );
  if (shared)
    throw new Error(
      `${witnessKeys.key.name} and ${mirrorKeys.key.name} have one key: a witness could pass for a mirror`,
    );
  return { witnessKeys, mirrorKeys };
}

type Kind = "witness" | "mirror";

interface WantedKeys extends KeyFiles {
  readonly kind: Kind;
  readonly name: string;
  readonly dataFolder: string;
}

function openCosignerKeys(
  { kind, name, dataFolder, keyFile, postQuantumKeyFile }: WantedKeys,
  logger: Logger,
): CosignerKeys {
  const member = (of: keyof KeyFiles) => (kind === "mirror" ? `mirror.${of}` : of);
  const make = `cunzheng keygen --name ${name} --kind ${kind}`;
  if (keyFile !== undefined) refuseMissing(keyFile, { member: member("keyFile"), make });
  const file = keyFile ?? join(dataFolder, `${kind}.key`);
  const { key, created } = openSigningKey(file, { name, type: SIGNATURE_TYPE.cosignature });
  if (created) logger.warn({ file, vkey: key.vkey }, "made a new key: verifiers must be told its vkey");
  if (postQuantumKeyFile === undefined) return { key };
  refuseMissing(postQuantumKeyFile, {
    member: member("postQuantumKeyFile"),
    make: `${make} --algorithm ml-dsa-44`,
  });
  const second = openSigningKey(postQuantumKeyFile, { name, type: SIGNATURE_TYPE.mlDsa44 });
  return { key, postQuantum: second.key };
}

/** A key that the configuration names was there once: a new one in its place would be another cosigner, unasked. */
function refuseMissing(file: string, { member, make }: { member: string; make: string }): void {
  if (existsSync(file)) return;
  throw new Error(
    `the key file ${file} is missing (named by ${member}): bring it back, ` +
      `or make a new key, whose vkey the trust file must then name: ${make} --out ${file}`,
  );
}
