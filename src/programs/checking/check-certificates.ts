/** Certificates, whatever they are made from again, and the kept originals. */
import { createHash } from "node:crypto";
import { base64, equalBytes, hex } from "../../core/bytes.js";
import { parseConsortium } from "../../core/trust/consortium.js";
import { UNDECIDED_SIGNATURES } from "../../core/verify/report.js";
import { keptTemplate } from "../../adapters/certificate-worker/kept-template.js";
import type { CertificateRow, ReadOriginal } from "../../notary/ports/whole/rows.js";
import { DetachedSignatureError } from "../../pki/signature/detached-signature-error.js";
import { parseDetachedCms } from "../../pki/signature/detached-signature.js";
import { verifyDetachedSignature } from "../../pki/signature/verify-detached-signature.js";
import { openAuthorities } from "../../pki/x509/authorities.js";
import { verifyX509Signature } from "../../platform/keys/x509-signature.js";
import type { Checking, Finding, Findings } from "./finding.js";

export async function* checkCertificates(checking: Checking): Findings {
  const { store, hashOnce, tell } = checking;
  for await (const { sha256, content } of store.rows("artifacts"))
    if (!equalBytes(hashOnce(content), sha256))
      yield { code: "artifact-mismatch", what: `the artifact ${hex(sha256)} is not what its digest names` };
  const templates = openTemplates(checking);
  const of = await store.count("certificates");
  let [done, before]: [number, CertificateRow | undefined] = [0, undefined];
  for await (const row of store.rows("certificates")) {
    const { depositId, language, issue } = row;
    const what = `certificate ${issue} (${language}) of deposit ${depositId}`;
    const isNext = before?.depositId === depositId && before.language === language;
    if (issue !== (isNext ? (before?.issue ?? 0) : 0) + 1)
      yield { code: "certificate-mismatch", what: `${what} has no issue before it` };
    yield* templates.check(what, row.template);
    yield* checkCertificate(checking, what, row);
    before = row;
    done += 1;
    if (done % 256 === 0) tell("certificates", done, of);
  }
}

/** Few templates make many certificates. */
function openTemplates({ store }: Checking) {
  const known = new Map<string, Promise<string | undefined>>();
  const look = async (digest: string): Promise<string | undefined> => {
    try {
      const files = await keptTemplate((sha256) => store.findArtifact(sha256), digest);
      return files === undefined ? `the store lacks template ${digest}` : undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  return {
    check: async function* (what: string, template: Uint8Array): Findings {
      const digest = base64(template);
      const looking = known.get(digest) ?? look(digest);
      known.set(digest, looking);
      const lacking = await looking;
      if (lacking !== undefined) yield { code: "artifact-missing", what: `${what}: ${lacking}` };
    },
  };
}

async function* checkCertificate(
  { store }: Checking,
  what: string,
  { depositId, evidence, tokensStored, consortium, signature, issuedAtMs }: CertificateRow,
): Findings {
  const mismatch = (why: string): Finding => ({ code: "certificate-mismatch", what: `${what} ${why}` });
  if ((await store.findDeposit(depositId)) === undefined)
    yield { code: "reference-missing", what: `${what} is of a deposit that is not there` };
  const { treeSize, cosignatures, timestamps } = evidence;
  if ((await store.findCheckpoint(treeSize)) === undefined)
    yield {
      code: "reference-missing",
      what: `${what} is of a checkpoint of ${treeSize} entries, which is not there`,
    };
  if ((await store.cosignatures(treeSize)).length < cosignatures)
    yield mismatch(`has ${cosignatures} cosignatures, and the store has fewer`);
  const tokens = (await store.timestamps(treeSize)).length;
  if (tokens < timestamps || tokens < tokensStored) yield mismatch(`has more time-stamps than the store`);
  const trustFile = await store.findArtifact(consortium);
  if (trustFile === undefined) {
    yield { code: "artifact-missing", what: `${what}: the store lacks the trust file ${hex(consortium)}` };
    return;
  }
  try {
    verifyDetachedSignature({
      ...{
        cms: signature,
        messageDigest: parseDetachedCms(signature).messageDigest,
        claimedAtMs: issuedAtMs,
      },
      ...openAuthorities(parseConsortium(trustFile)),
      verify: verifyX509Signature,
    });
  } catch (error) {
    if (error instanceof DetachedSignatureError && UNDECIDED_SIGNATURES.has(error.code)) return;
    yield mismatch(`has a signature that does not hold: ${(error as Error).message}`);
  }
}

/** Each original that a deposit names, but those of `without` (SHA-256 in hexadecimal). */
export async function* checkOriginals(
  { store, tell }: Checking,
  read: ReadOriginal,
  without: ReadonlySet<string>,
): Findings {
  let done = 0;
  for await (const sha256 of store.originals()) {
    const name = hex(sha256);
    if (without.has(name)) continue;
    const content = await read(sha256);
    if (content === undefined) yield { code: "original-missing", what: `the original ${name} is not there` };
    else if ((await digestOf(content)) !== name)
      yield { code: "original-mismatch", what: `the original ${name} is damaged: its digest is another` };
    done += 1;
    tell("originals", done, 0);
  }
}

/** In hexadecimal; undefined where it can't be read to its end. */
async function digestOf(content: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of content) hash.update(chunk);
  } catch {
    return undefined;
  }
  return hash.digest("hex");
}
