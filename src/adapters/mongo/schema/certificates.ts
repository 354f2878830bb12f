/** Issued certificates, and whatever they were made from. */
import { bytes, declare, number, text } from "./declare.js";

export interface ArtifactRow {
  /** Its SHA-256 in hexadecimal. */
  readonly _id: string;
  readonly content: Buffer;
}
export const artifacts = declare({ _id: String, content: bytes });

export interface CertificateRow {
  readonly depositId: string;
  readonly language: "zh" | "en";
  readonly issue: number;
  readonly issuedAtMs: number;
  readonly template: Buffer;
  readonly consortium: Buffer;
  readonly verifyUrl: string;
  /** JSON. */
  readonly issuer?: string;
  readonly treeSize: number;
  readonly cosignatures: number;
  readonly timestamps: number;
  readonly tokensStored: number;
  readonly signature: Buffer;
  /** Its number among all that were issued, as long as an authority is to time-stamp the signature yet. */
  readonly awaiting?: number;
}
export const certificates = declare(
  {
    ...{ depositId: text, language: text, issue: number, issuedAtMs: number, template: bytes },
    ...{ consortium: bytes, verifyUrl: text, issuer: String, treeSize: number, cosignatures: number },
    ...{ timestamps: number, tokensStored: number, signature: bytes, awaiting: Number },
  },
  [
    [{ depositId: 1, language: 1, issue: 1 }, { unique: true }],
    [{ awaiting: 1 }, { sparse: true }],
  ],
);
