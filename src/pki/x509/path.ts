/**
 * Paths of X.509 certificates from a signer to an authority of the trust file, at a time. RFC 5280, section 6.1, of which
 * are applied: names, signatures, validity, basicConstraints, pathLength, keyUsage, critical extensions. What is not
 * processed (name and policy constraints) is refused where it is critical. Revocation is not judged: there is no network,
 * and whether a key was stolen later is for those who hold the lists.
 */
import { equalBytes } from "../../core/bytes.js";
import { formatTime } from "../../core/record/time.js";
import { isSigned, signatureOf, type VerifyX509Signature } from "../der/algorithms.js";
import { MalformedError, parseDer } from "../der/der.js";
import { X509Error } from "../der/x509-error.js";
import { KEY_USAGE } from "./extensions.js";
import type { X509Certificate } from "./x509-certificate.js";

export interface PathQuestion {
  readonly signer: X509Certificate;
  /** These certificates came with the signer's: of use, never of trust. */
  readonly others: readonly X509Certificate[];
  /** The anchors are the verifier's own. A path ends at the first of them. */
  readonly anchors: readonly X509Certificate[];
  /** These are authorities for another purpose: their keys sign nothing on this path, in whatever certificate. */
  readonly apartFrom: readonly X509Certificate[];
  readonly atMs: number;
  /** An authority on the path may be restricted to any of these purposes (extendedKeyUsage). */
  readonly purposes: readonly string[];
  readonly verify: VerifyX509Signature;
}

const MAX_LENGTH = 8;
/** Candidate edges, all in all: names can be made to form a maze. */
const MAX_STEPS = 100;

/** Finds the anchors that the signer's path leads to by name: whose they claim to be, and no more than that. */
export function anchorsByName({
  signer,
  others,
  anchors,
}: Pick<PathQuestion, "signer" | "others" | "anchors">): readonly X509Certificate[] {
  const reached = new Set([signer]);
  for (const certificate of reached)
    for (const other of others) if (isNamedIssuer(other, certificate)) reached.add(other);
  return anchors.filter((anchor) =>
    [...reached].some((one) => equalBytes(one.bytes, anchor.bytes) || isNamedIssuer(anchor, one)),
  );
}

/**
 * Finds a path that holds, from the signer to an anchor; throws `X509Error` with the reason of the first that does
 * not. The search goes only through what hangs below an anchor by signatures: certificates that anybody may put into
 * a token can neither hide a path nor wear the search out.
 */
export function verifyPath(question: PathQuestion): readonly X509Certificate[] {
  let steps = 0;
  let reason: X509Error | undefined;
  const issuers = issuersBelow(question.anchors);
  const found = search([question.signer]);
  if (found !== undefined) return found;
  throw reason ?? invalid("no chain of X.509 certificates to the authority");

  function search(path: readonly X509Certificate[]): readonly X509Certificate[] | undefined {
    const last = path.at(-1) as X509Certificate;
    const isAtAnchor = question.anchors.some(({ bytes }) => equalBytes(bytes, last.bytes));
    if (isAtAnchor && holds(() => checkCertificates(path, question))) return path;
    if (path.length >= MAX_LENGTH) return undefined;
    for (const issuer of issuers) {
      if (path.includes(issuer) || !isNamedIssuer(issuer, last) || ++steps > MAX_STEPS) continue;
      if (!holds(() => checkSignature(last, issuer, question.verify))) continue;
      const whole = search([...path, issuer]);
      if (whole !== undefined) return whole;
    }
    return undefined;
  }

  /** The anchors, and of the others those that an anchor, or one below it, has signed. */
  function issuersBelow(anchors: readonly X509Certificate[]): readonly X509Certificate[] {
    const below = new Set(anchors);
    for (const issuer of below)
      for (const other of question.others)
        if (
          !below.has(other) &&
          isNamedIssuer(issuer, other) &&
          holds(() => checkSignature(other, issuer, question.verify))
        )
          below.add(other);
    return [...below];
  }

  function holds(check: () => void): boolean {
    try {
      check();
      return true;
    } catch (error) {
      // A key that is none signs nothing: whose certificate it stands in decides nothing.
      if (error instanceof MalformedError) return false;
      if (!(error instanceof X509Error)) throw error;
      reason ??= error;
      return false;
    }
  }
}

const isNamedIssuer = (issuer: X509Certificate, { issuer: name }: X509Certificate): boolean =>
  issuer.subject === name;

function checkSignature(
  subject: X509Certificate,
  issuer: X509Certificate,
  verify: VerifyX509Signature,
): void {
  if (!isIssuedBy(subject, issuer, verify))
    throw invalid(`${subject.commonName} is not signed by ${issuer.commonName}`);
}

/** Who signed what never changes, and the same few certificates come again and again. */
const issued = new WeakMap<
  VerifyX509Signature,
  WeakMap<X509Certificate, WeakMap<X509Certificate, boolean>>
>();

function isIssuedBy(subject: X509Certificate, issuer: X509Certificate, verify: VerifyX509Signature): boolean {
  const bySubject = issued.get(verify) ?? new WeakMap<X509Certificate, WeakMap<X509Certificate, boolean>>();
  const byIssuer = bySubject.get(subject) ?? new WeakMap<X509Certificate, boolean>();
  const isValid =
    byIssuer.get(issuer) ??
    isSigned(verify, {
      publicKey: issuer.publicKey,
      ...signatureOf(subject.signatureAlgorithm),
      message: subject.signedBytes,
      signature: subject.signature,
    });
  issued.set(verify, bySubject.set(subject, byIssuer.set(issuer, isValid)));
  return isValid;
}

function checkCertificates(path: readonly X509Certificate[], question: PathQuestion): void {
  const { atMs, purposes, apartFrom } = question;
  path.forEach((certificate, i) => {
    // Whatever its issuer says: who may name signers may not tell the time as well, nor the other way round.
    if (apartFrom.some((one) => isOfOneKey(one, certificate)))
      throw invalid(`${certificate.commonName} has the key of an authority for another purpose`);
    checkValidity(certificate, atMs);
    const unknown = certificate.criticalExtensions.filter((oid) => !PROCESSED.has(oid));
    if (unknown.length > 0)
      throw invalid(`${certificate.commonName}: critical extensions ${unknown.join(", ")}`);
    // RFC 9608, section 2: "This extension MUST NOT be present in CA public key certificates."
    if (certificate.isAuthority && certificate.noRevocation)
      throw invalid(`${certificate.commonName} is an authority that says it can't be revoked`);
    if (i === 0) return;
    const isAnchor = i === path.length - 1;
    // An anchor of X.509 version 1 has no extensions: it issues because the verifier says so.
    if (!(certificate.isAuthority ?? (isAnchor && certificate.keyUsage === undefined)))
      throw invalid(`${certificate.commonName} is no certification authority`);
    if (certificate.keyUsage !== undefined && (certificate.keyUsage & KEY_USAGE.keyCertSign) === 0)
      throw invalid(`${certificate.commonName} may not sign certificates`);
    // Section 6.1.4 (l), (m): certificates issued to the issuer itself do not count.
    const between = path.slice(1, i).filter(({ subject, issuer }) => subject !== issuer).length;
    if (certificate.pathLength !== undefined && between > certificate.pathLength)
      throw invalid(`the chain is longer than ${certificate.commonName} allows`);
    const allowed = certificate.extendedKeyUsage?.purposes;
    if (allowed?.every((one) => one !== ANY_PURPOSE && !purposes.includes(one)))
      throw invalid(`${certificate.commonName} may not issue for this purpose`);
  });
}

/** Tells whether both are of one key: the bits decide, however its algorithm is spelt. */
export function isOfOneKey(a: X509Certificate, b: X509Certificate): boolean {
  const [one, other] = [a, b].map(({ publicKey }) => parseDer(publicKey).children[1]?.content);
  return one !== undefined && other !== undefined && equalBytes(one, other);
}

/** Section 6.1.3 (a) (2), of the anchor too. */
function checkValidity({ commonName, notBeforeMs, notAfterMs }: X509Certificate, atMs: number): void {
  // notAfter is the last second included (section 4.1.2.5).
  if (atMs >= notBeforeMs && atMs < notAfterMs + 1000) return;
  throw new X509Error("certificate-time", `${commonName} was not valid at that time`, {
    field: "time",
    got: formatTime(atMs),
    want: `from ${formatTime(notBeforeMs)} to ${formatTime(notAfterMs)}`,
  });
}

export const ANY_PURPOSE = "2.5.29.37.0";
const PROCESSED: ReadonlySet<string> = new Set([
  "2.5.29.15", // keyUsage
  "2.5.29.19", // basicConstraints
  "2.5.29.37", // extKeyUsage
  "2.5.29.17", // subjectAltName: who else the subject is; no name is asked for
  "2.5.29.32", // certificatePolicies: any policy will do (section 6.1.1 (c))
]);

const invalid = (message: string) => new X509Error("chain-invalid", message);
