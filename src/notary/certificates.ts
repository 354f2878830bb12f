/**
 * Certificates: issued once, and from then on the same file at every download. No PDF is stored, only what one cannot
 * be made without: when and under what it was issued, how much evidence there was, and the signature. An authority that
 * does not answer delays nothing: its time-stamp joins the signature later.
 */
import type { IssuerStatement } from "../certificate/content/certificate-record.js";
import { base64, bytesFromBase64 } from "../core/bytes.js";
import { openAuthorities, timestampAnchors } from "../pki/authorities.js";
import { MalformedError } from "../pki/der.js";
import { signatureValueOf, withSignatureTimestamp } from "../pki/detached-signature.js";
import { DetachedSignatureError } from "../pki/detached-signature-error.js";
import { isSignedUnder } from "../pki/verify-detached-signature.js";
import { TimestampError } from "../pki/timestamp-error.js";
import { tightToken } from "../pki/tight-token.js";
import { assembleEvidence, type EvidenceSettings } from "./evidence.js";
import { isFinalFor } from "./finality.js";
import { verifiedCosignatures } from "./gather-cosignatures.js";
import { findDeposit } from "./located.js";
import type { CertificateLanguage } from "./model.js";
import {
  type CertificateOrder,
  type IssuedCertificate,
  NotMadeError,
  type Ports,
  type StoredCheckpoint,
  type StoredDeposit,
} from "./ports.js";
import { Refusal } from "./refusal.js";
import { statementOf } from "./receipts.js";
import type { Stamper } from "./timestamping.js";
import { pause } from "./wake-up.js";

export interface CertificateSettings {
  readonly evidence: EvidenceSettings;
  /** The trust file in force. */
  readonly trustFile: Uint8Array;
  /** Certificates lead to `<publicUrl>/d/<id>`. */
  readonly publicUrl: string;
  /** What the issuer says of itself in new certificates. */
  readonly issuer?: IssuerStatement | undefined;
  /** Absent where no authority is configured. */
  readonly stamper?: Stamper;
  /** Throws while this notary signs nothing: what was issued before is still handed out. */
  readonly refuseHalted: () => void;
  /** A certificate has been issued. */
  readonly noteIssued: () => void;
}

export interface CertificateDesk {
  /** The file. Refuses `not-final` and `certificates-unavailable`. */
  certificate(deposit: StoredDeposit, language: CertificateLanguage): Promise<Uint8Array>;
  close(): Promise<void>;
}

type DeskPorts = Pick<Ports, "store" | "certificates" | "now" | "hashOnce" | "verifyX509Signature" | "log">;

/** A reader of a certificate waits so long for its time-stamp, where an authority is known to answer. */
const STAMP_WAIT_MS = 2000;
const [COMPLETE_EVERY_MS, COMPLETED_AT_ONCE] = [5000, 20];

export async function openCertificateDesk(
  ports: DeskPorts,
  {
    evidence: evidenceSettings,
    trustFile,
    publicUrl,
    issuer,
    stamper,
    refuseHalted,
    noteIssued,
  }: CertificateSettings,
): Promise<CertificateDesk> {
  const { store, certificates: maker, now, log, hashOnce } = ports;
  const { consortium, classes } = evidenceSettings;
  const trustDigest = hashOnce(trustFile);
  await store.keepArtifact(trustDigest, trustFile);
  for (const [digest, content] of maker.template.files)
    await store.keepArtifact(bytesFromBase64(digest), content);
  const running = new Map<string, Promise<Uint8Array>>();
  const closing = new AbortController();
  const completing = stamper && keepCompleting(closing.signal);

  return {
    certificate: (deposit, language) => {
      const key = `${deposit.id} ${language}`;
      let making = running.get(key);
      if (making === undefined) {
        making = handOut(deposit, language).finally(() => running.delete(key));
        running.set(key, making);
      }
      return making;
    },
    close: async () => {
      closing.abort();
      await Promise.allSettled([...running.values(), completing]);
    },
  };

  async function handOut(deposit: StoredDeposit, language: CertificateLanguage): Promise<Uint8Array> {
    const issued = await store.findCertificate(deposit.id, language);
    if (issued !== undefined && (await stillProves(deposit, issued)))
      return maker.make(await orderOf(deposit, issued), issued.signature);
    return issue(deposit, language, (issued?.issue ?? 0) + 1);
  }

  /**
   * Not where a change of the consortium has since declared worthless a key that its quorum rested on, or dropped the
   * authority of its signer: whoever holds the trust file in force would refuse it, so that a new one is issued.
   */
  async function stillProves(deposit: StoredDeposit, issued: IssuedCertificate): Promise<boolean> {
    const { consortium: under, signature } = issued;
    const { treeSize, cosignatures } = issued.evidence;
    if (base64(under) === base64(trustDigest)) return true;
    if (!isSignedUnder(signature, openAuthorities(consortium).certificateAuthorities)) return false;
    const checkpoint = (await store.findCheckpoint(treeSize)) as StoredCheckpoint;
    const then = (await store.cosignatures(treeSize)).slice(0, cosignatures);
    const depositorClass = classes.of(statementOf(deposit).depositor);
    const cosigned = verifiedCosignatures(then, consortium);
    const sealedAtMs = (await store.findBatchOfSeq(deposit.seq))?.sealedAtMs;
    return isFinalFor(depositorClass, checkpoint, cosigned, consortium, sealedAtMs);
  }

  async function orderOf(deposit: StoredDeposit, issued: IssuedCertificate): Promise<CertificateOrder> {
    const under = await store.findArtifact(issued.consortium);
    if (under === undefined) throw new Error("internal: the store lacks the trust file of a certificate");
    const { evidence } = await assembleEvidence(ports, evidenceSettings, deposit, issued.evidence);
    return {
      evidence,
      consortium: under,
      template: base64(issued.template),
      language: issued.language,
      issuedAtMs: issued.issuedAtMs,
      verifyUrl: issued.verifyUrl,
      issuer: issued.issuer,
    };
  }

  async function issue(
    deposit: StoredDeposit,
    language: CertificateLanguage,
    number: number,
  ): Promise<Uint8Array> {
    refuseHalted();
    const issuedAtMs = now();
    refuseWithoutSigner(issuedAtMs);
    const verifyUrl = `${publicUrl}/d/${deposit.id}`;
    const { digest: template } = maker.template;
    const { order, asOf, draft } = await sign(deposit, {
      consortium: trustFile,
      ...{ template, language, issuedAtMs, verifyUrl, issuer },
    });
    const stamped = await stamp(draft.signature, order, STAMP_WAIT_MS).catch((error: unknown) => {
      // It is handed out without; what can't be mended is given up in the background.
      log.error({ id: deposit.id, err: error }, "a signature can't be time-stamped");
      return undefined;
    });
    const isNew = await store.insertCertificate({
      depositId: deposit.id,
      language,
      issue: number,
      issuedAtMs,
      template: bytesFromBase64(template),
      consortium: trustDigest,
      verifyUrl,
      issuer,
      evidence: asOf,
      signature: stamped?.signature ?? draft.signature,
      awaitsTimestamp: stamper !== undefined && stamped === undefined,
    });
    // Another process was faster: its certificate is the certificate.
    if (!isNew) return handOut(deposit, language);
    noteIssued();
    return stamped?.pdf ?? draft.pdf;
  }

  /** With all tokens that are stored; without any, where the trust file has lost an authority of theirs since. */
  async function sign(deposit: StoredDeposit, pages: Omit<CertificateOrder, "evidence">) {
    const made = await assembleEvidence(ports, evidenceSettings, deposit, "final");
    const order = { ...pages, evidence: made.evidence };
    try {
      return { order, asOf: made.asOf, draft: await maker.sign(order) };
    } catch (error) {
      if (made.asOf.timestamps === 0 || !(error instanceof NotMadeError)) throw error;
      const asOf = { ...made.asOf, timestamps: 0 };
      const { evidence } = await assembleEvidence(ports, evidenceSettings, deposit, asOf);
      return { order: { ...pages, evidence }, asOf, draft: await maker.sign({ ...pages, evidence }) };
    }
  }

  function refuseWithoutSigner(atMs: number): void {
    const { signer } = maker;
    if (signer === undefined)
      throw new Refusal("certificates-unavailable", "this service has no key to sign certificates with");
    if (atMs < signer.notBeforeMs || atMs >= signer.notAfterMs)
      throw new Refusal(
        "certificates-unavailable",
        "the X.509 certificate under which this service signs is not valid now",
      );
  }

  /** The signature with a token over it and the file that comes of it, checked; undefined where there is none in time. */
  async function stamp(
    signature: Uint8Array,
    order: CertificateOrder,
    waitMs: number,
  ): Promise<{ readonly signature: Uint8Array; readonly pdf: Uint8Array } | undefined> {
    const message = signatureValueOf(signature);
    const stamped = await stamper?.stamp(message, { waitMs });
    if (stamped === undefined) return undefined;
    const asked = { message, ...timestampAnchors(consortium), verify: ports.verifyX509Signature };
    const token = tightToken(stamped.token, asked);
    const complete = withSignatureTimestamp(signature, token);
    return { signature: complete, pdf: await maker.make(order, complete) };
  }

  async function complete(issued: IssuedCertificate): ReturnType<typeof stamp> {
    const deposit = await findDeposit(store, issued.depositId);
    return stamp(issued.signature, await orderOf(deposit, issued), STAMP_WAIT_MS);
  }

  async function keepCompleting(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await completeSome(signal);
      } catch (error) {
        log.error({ err: error }, "signatures could not be time-stamped; it is tried again");
      }
      await pause(COMPLETE_EVERY_MS, signal);
    }
  }

  /** The signatures that still lack their time-stamp, oldest first, until no authority answers. */
  async function completeSome(signal: AbortSignal): Promise<void> {
    for (const issued of await store.certificatesAwaitingTimestamp(COMPLETED_AT_ONCE)) {
      if (signal.aborted) return;
      const stamped = await complete(issued).catch((error: unknown) => {
        // A thread that died, a disk that did not answer: what is owed stays owed.
        if (!isLastWord(error)) throw error;
        // Its signing certificate ended meanwhile, say, or its evidence is no longer final. It stays as it was handed out.
        log.error({ id: issued.depositId, err: error }, "a certificate can't be time-stamped");
        return { signature: issued.signature };
      });
      if (stamped === undefined) return;
      await store.stampCertificate(issued, stamped.signature);
    }
  }
}

/** Said of the signature, of its token or of the evidence: it would be said again. */
const isLastWord = (error: unknown): boolean =>
  [NotMadeError, Refusal, DetachedSignatureError, TimestampError, MalformedError].some(
    (kind) => error instanceof kind,
  );
