/**
 * Certificates: each issue is from then on the same file at every download. No PDF is stored, only what one cannot
 * be made without: when and under what it was issued, how much evidence there was, and the signature.
 *
 * An issue waits for its evidence's time-stamps, for a bounded time after finality; where it was issued without any, the
 * next issue follows, at the next download, the first token that comes. The signature's own time-stamp joins it by a job.
 *
 * Crash story: an issue exists when its row is durable. A crash while one waits loses the wait alone; whoever asks again
 * waits anew, within the same bound after the start. A notary that stops issues nothing before its time.
 */
import type { IssuerStatement } from "../../certificate/content/certificate-record.js";
import { base64, bytesFromBase64 } from "../../core/bytes.js";
import { openAuthorities } from "../../pki/x509/authorities.js";
import { isSignedUnder } from "../../pki/signature/verify-detached-signature.js";
import { assembleEvidence, type EvidenceSettings } from "../reading/evidence.js";
import type { JobKind } from "../jobs/run-jobs.js";
import { isFinalFor } from "../finality/finality.js";
import { verifiedCosignatures } from "../finality/stored-cosignatures.js";
import type { CertificateFile, CertificateLanguage, WhichIssue } from "../model/model.js";
import { type CertificateOrder, type IssuedCertificate, NotMadeError } from "../ports/certificates.js";
import type { Ports } from "../ports/ports.js";
import type { StoredCheckpoint } from "../ports/ledger.js";
import type { StoredDeposit } from "../ports/deposits.js";
import { Refusal } from "../model/refusal.js";
import { statementOf } from "../depositing/receipts.js";
import type { StampedCheckpoints, Stamper } from "../timestamping/timestamping.js";
import { orderOf } from "./certificate-order.js";
import { startSignatureStamping } from "./stamp-signatures.js";

export interface CertificateSettings {
  readonly evidence: EvidenceSettings;
  /** The trust file in force. */
  readonly trustFile: Uint8Array;
  /** Certificates lead to `<publicUrl>/d/<id>`. */
  readonly publicUrl: string;
  /** What the issuer says of itself in new certificates. */
  readonly issuer?: IssuerStatement | undefined;
  /** Absent where no authority is configured. */
  readonly stamper?: Stamper & StampedCheckpoints;
  /** Throws while this notary signs nothing: what was issued before is still handed out. */
  readonly refuseHalted: () => void;
  /** A certificate has been issued. */
  readonly noteIssued: () => void;
}

export interface CertificateDesk {
  /**
   * The newest issue, or as asked. Refuses `not-final`, `certificates-unavailable`, `certificate-issue-unknown` and
   * `certificate-issues-exhausted`.
   */
  certificate(
    deposit: StoredDeposit,
    language: CertificateLanguage,
    which?: WhichIssue,
  ): Promise<CertificateFile>;
  /** The jobs that certificates leave. */
  readonly jobKinds: readonly JobKind[];
  close(): Promise<void>;
}

type DeskPorts = Pick<
  Ports,
  "store" | "jobBell" | "certificates" | "now" | "hashOnce" | "verifyX509Signature" | "log"
>;

/** A reader of a certificate waits so long for its time-stamp, where an authority is known to answer. */
const STAMP_WAIT_MS = 2000;
/** Issues that are given because somebody wants another, of one deposit in one language. */
const MOST_ISSUES = 32;

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
  const running = new Map<string, Promise<CertificateFile>>();
  const closing = new AbortController();
  const stamping = stamper && startSignatureStamping(ports, evidenceSettings, stamper);

  return {
    jobKinds: stamping === undefined ? [] : [stamping.kind],
    certificate: (deposit, language, which = "newest") => {
      const key = `${deposit.id} ${language} ${which}`;
      let making = running.get(key);
      if (making === undefined) {
        making = handOut(deposit, language, which).finally(() => running.delete(key));
        running.set(key, making);
      }
      return making;
    },
    close: async () => {
      closing.abort();
      await Promise.allSettled([...running.values(), stamping?.close()]);
    },
  };

  async function handOut(
    deposit: StoredDeposit,
    language: CertificateLanguage,
    which: WhichIssue,
  ): Promise<CertificateFile> {
    if (typeof which === "number") return makeAgain(deposit, await findIssue(deposit, language, which));
    const newest = await store.findCertificate(deposit.id, language);
    const next = () => issue(deposit, language, (newest?.issue ?? 0) + 1);
    if (newest === undefined) return next();
    if (which === "new") {
      refuseMore(newest);
      return next();
    }
    if (!(await stillProves(deposit, newest))) return next();
    if (await lacksWhatHasCome(newest))
      try {
        return await next();
      } catch (error) {
        // A service that signs nothing now still hands out what it has.
        if (!(error instanceof Refusal)) throw error;
      }
    return makeAgain(deposit, newest);
  }

  async function makeAgain(deposit: StoredDeposit, issued: IssuedCertificate): Promise<CertificateFile> {
    return fileOf(
      issued,
      await maker.make(await orderOf(ports, evidenceSettings, deposit, issued), issued.signature),
    );
  }

  async function findIssue(
    deposit: StoredDeposit,
    language: CertificateLanguage,
    number: number,
  ): Promise<IssuedCertificate> {
    const issued = await store.findCertificate(deposit.id, language, number);
    if (issued !== undefined) return issued;
    const newest = await store.findCertificate(deposit.id, language);
    throw new Refusal("certificate-issue-unknown", "this certificate has no issue of this number", {
      field: "/query/issue",
      got: String(number),
      want: newest === undefined ? "none was issued yet" : `1 to ${newest.issue}, or new`,
    });
  }

  /** Issued without a token, of which there is one now. */
  async function lacksWhatHasCome({ evidence, tokensStored }: IssuedCertificate): Promise<boolean> {
    return evidence.timestamps === 0 && (await store.timestamps(evidence.treeSize)).length > tokensStored;
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

  async function issue(
    deposit: StoredDeposit,
    language: CertificateLanguage,
    number: number,
  ): Promise<CertificateFile> {
    refuseUnableAt(now());
    await waitForTokens(deposit);
    const issuedAtMs = now();
    refuseUnableAt(issuedAtMs);
    const verifyUrl = `${publicUrl}/d/${deposit.id}`;
    const { digest: template } = maker.template;
    const { order, asOf, tokensStored, draft } = await sign(deposit, {
      consortium: trustFile,
      ...{ template, language, issuedAtMs, verifyUrl, issuer },
    });
    const stamped = await stamping
      ?.stamp(draft.signature, order, { waitMs: STAMP_WAIT_MS })
      .catch((error: unknown) => {
        // It is handed out without; what can't be mended becomes a job that is dead.
        log.error({ id: deposit.id, err: error }, "a signature can't be time-stamped");
        return undefined;
      });
    const issued: IssuedCertificate = {
      depositId: deposit.id,
      language,
      issue: number,
      issuedAtMs,
      template: bytesFromBase64(template),
      consortium: trustDigest,
      verifyUrl,
      issuer,
      evidence: asOf,
      tokensStored,
      signature: stamped?.signature ?? draft.signature,
      awaitsTimestamp: stamper !== undefined && stamped === undefined,
    };
    // Another was faster: its certificate is the certificate.
    if (!(await store.insertCertificate(issued))) return handOut(deposit, language, "newest");
    noteIssued();
    if (issued.awaitsTimestamp) await stamping?.askFor(issued);
    if (stamper !== undefined && asOf.timestamps === 0)
      log.info({ id: deposit.id, language, issue: number }, "a certificate is issued without a time-stamp");
    return fileOf(issued, stamped?.pdf ?? draft.pdf);
  }

  /** Waits for the tokens of the checkpoint that the evidence will be made against, where an authority is to stamp it. */
  async function waitForTokens(deposit: StoredDeposit): Promise<void> {
    if (stamper === undefined) return;
    const { asOf } = await assembleEvidence(ports, evidenceSettings, deposit, "final");
    await stamper.whenStamped(asOf.treeSize, closing.signal);
    if (closing.signal.aborted)
      throw new Refusal("stopping", "the service stops: this certificate is not issued yet");
  }

  /** The evidence carries all tokens that are stored, or none, where the trust file has lost an authority of theirs since. */
  async function sign(deposit: StoredDeposit, pages: Omit<CertificateOrder, "evidence">) {
    const made = await assembleEvidence(ports, evidenceSettings, deposit, "final");
    const order = { ...pages, evidence: made.evidence };
    const tokensStored = made.asOf.timestamps;
    try {
      return { order, asOf: made.asOf, tokensStored, draft: await maker.sign(order) };
    } catch (error) {
      if (tokensStored === 0 || !(error instanceof NotMadeError)) throw error;
      const asOf = { ...made.asOf, timestamps: 0 };
      const { evidence } = await assembleEvidence(ports, evidenceSettings, deposit, asOf);
      const without = { ...pages, evidence };
      return { order: without, asOf, tokensStored, draft: await maker.sign(without) };
    }
  }

  function refuseUnableAt(atMs: number): void {
    refuseHalted();
    const { signer } = maker;
    if (signer === undefined)
      throw new Refusal("certificates-unavailable", "this service has no key to sign certificates with");
    if (atMs < signer.notBeforeMs || atMs >= signer.notAfterMs)
      throw new Refusal(
        "certificates-unavailable",
        "the X.509 certificate under which this service signs is not valid now",
      );
  }
}

const fileOf = ({ issue, evidence }: IssuedCertificate, pdf: Uint8Array): CertificateFile => ({
  pdf,
  issue,
  timestamps: evidence.timestamps,
});

function refuseMore({ issue }: IssuedCertificate): void {
  if (issue >= MOST_ISSUES)
    throw new Refusal("certificate-issues-exhausted", "this certificate was issued often enough", {
      got: `${issue} issues`,
      want: `at most ${MOST_ISSUES} in one language`,
    });
}
