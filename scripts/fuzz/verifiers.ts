/**
 * The two verifiers that must say the same of every file: with this machine's OpenSSL, and with nothing but the
 * libraries that a browser has too. Signatures that were verified are remembered, since spoiling a file leaves most of
 * them alone, and the slow verifier would otherwise do little else.
 */
import { createHash } from "node:crypto";
import type { FindTemplate } from "../../src/certificate/template/template.js";
import {
  type FileReport,
  verifyFile,
  type VerifyFileInput,
} from "../../src/certificate/verify/verify-file.js";
import { verifyEd25519 as verifyEd25519ByNoble } from "../../src/core/ledger/ed25519.js";
import { verifyMlDsa44 as verifyMlDsa44ByNoble } from "../../src/core/ledger/ml-dsa-44.js";
import { createDigester } from "../../src/platform/keys/ed25519.js";
import { VERIFIERS } from "../../src/platform/keys/verifiers.js";
import { verifyX509Signature } from "../../src/platform/keys/x509-signature.js";
import { verifyX509Signature as verifyX509Portably } from "../../src/pki/der/portable-signature.js";
import type { Given } from "./originals.js";

export type Verify = (given: Given) => Promise<FileReport>;

type Host = Pick<
  VerifyFileInput,
  "verifyEd25519" | "verifyMlDsa44" | "verifyX509Signature" | "createDigester"
>;

export function openVerifiers(findTemplate: FindTemplate): { readonly node: Verify; readonly noble: Verify } {
  const verifier =
    (host: Host): Verify =>
    (given) =>
      verifyFile({ ...given, ...host, templates: () => Promise.resolve(findTemplate) });
  return {
    node: verifier({
      verifyEd25519: remembering(VERIFIERS.verifyEd25519),
      verifyMlDsa44: remembering(VERIFIERS.verifyMlDsa44),
      verifyX509Signature: remembering(verifyX509Signature),
      createDigester,
    }),
    noble: verifier({
      verifyEd25519: remembering(verifyEd25519ByNoble),
      verifyMlDsa44: remembering(verifyMlDsa44ByNoble),
      verifyX509Signature: remembering(verifyX509Portably),
    }),
  };
}

const MOST_REMEMBERED = 100_000;

/** The same answers as `verify`, each computed once. */
function remembering<Signed extends object>(
  verify: (signed: Signed) => boolean,
): (signed: Signed) => boolean {
  const answers = new Map<string, boolean>();
  return (signed) => {
    const key = digestOf(signed);
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = verify(signed);
    if (answers.size >= MOST_REMEMBERED) answers.clear();
    answers.set(key, answer);
    return answer;
  };
}

/** One digest for one signed thing: every member by its name, with its length before its bytes. */
function digestOf(signed: object): string {
  const hash = createHash("sha256");
  for (const [name, value] of Object.entries(signed)) {
    const bytes = value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value));
    hash.update(`${name} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("base64");
}
