/** Issued certificates and what they were made of, as they are stored, and who draws and signs them. */
import type { Hash } from "../../core/merkle/hash.js";
import type { IssuerStatement } from "../../certificate/content/certificate-record.js";
import type { CertificateLanguage } from "../model/model.js";

/**
 * What evidence says besides what never changes: against which checkpoint, with how many of the cosignatures and tokens
 * stored for it. Both only grow, at their ends, so these numbers make the same bytes again at any later time.
 */
export interface EvidenceMoment {
  readonly treeSize: number;
  readonly cosignatures: number;
  readonly timestamps: number;
}

/** One certificate as it was issued: what its file is made from, and what cannot be made again. */
export interface IssuedCertificate {
  readonly depositId: string;
  readonly language: CertificateLanguage;
  /** 1, and higher where an earlier issue no longer proves what it did, lacked time-stamps or was to be followed. */
  readonly issue: number;
  readonly issuedAtMs: number;
  /** SHA-256 of the template's list of files, and of the trust file: both are kept as artifacts. */
  readonly template: Hash;
  readonly consortium: Hash;
  readonly verifyUrl: string;
  /** As it was configured then. */
  readonly issuer?: IssuerStatement | undefined;
  readonly evidence: EvidenceMoment;
  /** How many tokens were stored for that checkpoint at its issue, in the evidence or not. */
  readonly tokensStored: number;
  /** CMS, DER. */
  readonly signature: Uint8Array;
  /** An authority is to time-stamp the signature yet. */
  readonly awaitsTimestamp: boolean;
}

export type CertificateKey = Pick<IssuedCertificate, "depositId" | "language" | "issue">;

export interface AwaitingCertificate extends CertificateKey {
  /** It grows with each issue. */
  readonly place: number;
}

/** Rows never change, but that a signature may gain its time-stamp, once. All writes durable. */
export interface CertificateStore {
  /** The newest issue, or that of this number. */
  findCertificate(
    depositId: string,
    language: CertificateLanguage,
    issue?: number,
  ): Promise<IssuedCertificate | undefined>;
  /** False, and nothing stored, where there is such an issue, or none before it. */
  insertCertificate(certificate: IssuedCertificate): Promise<boolean>;
  /** Replaces a signature that awaits its time-stamp by the same with it; false where it does not wait. */
  stampCertificate(key: CertificateKey, signature: Uint8Array): Promise<boolean>;
  /** In order of their issue, after the place that an earlier call has given last. */
  certificatesAwaitingTimestamp(page: {
    readonly after?: number | undefined;
    readonly limit: number;
  }): Promise<readonly AwaitingCertificate[]>;
}

/** Whatever certificates are made from and that may change under the program: found again by its digest, for ever. */
export interface ArtifactStore {
  keepArtifact(sha256: Hash, content: Uint8Array): Promise<void>;
  findArtifact(sha256: Hash): Promise<Uint8Array | undefined>;
}

/** Everything that fixes a certificate's pages. */
export interface CertificateOrder {
  readonly evidence: Uint8Array;
  /** The trust file, byte for byte. */
  readonly consortium: Uint8Array;
  /** Base64: one of `templates`, or one that was kept. */
  readonly template: string;
  readonly language: CertificateLanguage;
  readonly issuedAtMs: number;
  readonly verifyUrl: string;
  readonly issuer?: IssuerStatement | undefined;
}

export interface SignedDraft {
  /** CMS, DER, without a time-stamp. */
  readonly signature: Uint8Array;
  /** The whole file with it, checked. */
  readonly pdf: Uint8Array;
}

/** The maker has looked at it and makes no certificate of it: asked again, it says the same. */
export class NotMadeError extends Error {
  override readonly name = "NotMadeError";
}

/**
 * Draws, signs and checks, off the event loop. Nothing leaves it that the public verifier would refuse: then it rejects with
 * `NotMadeError`, and with any other error where it could not look at it at all.
 */
export interface CertificateMaker {
  /**
   * Of the template for new certificates: its digest (base64), and its files with their SHA-256 (base64), the one whose
   * digest is the template's among them; each is read as it is asked for.
   */
  readonly template: { readonly digest: string; readonly files: Iterable<readonly [string, Uint8Array]> };
  /** Absent where the operator has configured no signing key: then nothing new is issued. */
  readonly signer?: { readonly notBeforeMs: number; readonly notAfterMs: number };
  sign(order: CertificateOrder): Promise<SignedDraft>;
  /** An issued certificate again, byte for byte. */
  make(order: CertificateOrder, signature: Uint8Array): Promise<Uint8Array>;
}
