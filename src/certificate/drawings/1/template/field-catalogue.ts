/**
 * What an operator's own row may name: a closed list of the evidence's fields, each as the page prints it.
 * docs/operation.md, "The certificate's template".
 */
import { bytesFromBase64, hex } from "../../../../core/bytes.js";
import type { CertificateSubject } from "../content/subject.js";
import { beijing } from "./beijing-time.js";

export type FieldSource = Pick<CertificateSubject, "evidence" | "report" | "issuedAt">;

type Field = (source: FieldSource) => string | number | undefined;

const hexOf = (base64: string): string => hex(bytesFromBase64(base64));
const time = (text: string | undefined, precision?: "second") => text && beijing(text, precision);

const FIELDS = {
  id: ({ evidence }) => evidence.statement.id,
  depositorId: ({ evidence }) => evidence.statement.depositor.id,
  depositorName: ({ evidence }) => evidence.statement.depositor.name,
  creditCode: ({ evidence }) => evidence.statement.depositor.creditCode,
  recordType: ({ evidence }) => evidence.statement.recordType,
  name: ({ evidence }) => evidence.statement.name,
  clientRef: ({ evidence }) => evidence.statement.clientRef,
  size: ({ evidence }) => evidence.statement.size,
  mediaType: ({ evidence }) => evidence.statement.mediaType,
  sha256: ({ evidence }) => hexOf(evidence.statement.digests["sha-256"]),
  sm3: ({ evidence }) => evidence.statement.digests.sm3 && hexOf(evidence.statement.digests.sm3),
  chainId: ({ evidence }) => evidence.statement.chain?.id,
  sequence: ({ evidence }) => evidence.statement.chain?.sequence,
  system: ({ evidence }) => evidence.statement.source?.system,
  operator: ({ evidence }) => evidence.statement.source?.operator,
  method: ({ evidence }) => evidence.statement.source?.method,
  tool: ({ evidence }) => evidence.statement.source?.tool,
  createdAt: ({ evidence }) => time(evidence.statement.createdAt),
  receivedAt: ({ evidence }) => time(evidence.statement.receivedAt),
  sealedAt: ({ evidence }) => time(evidence.batch.sealedAt),
  existedNotLaterThan: ({ report }) => time(report.existedNotLaterThan, "second"),
  issuedAt: ({ issuedAt }) => time(issuedAt),
  batchId: ({ evidence }) => evidence.batch.id,
  batchSize: ({ evidence }) => evidence.batch.size,
  leafIndex: ({ evidence }) => evidence.inclusion.leafIndex,
  origin: ({ report }) => report.checkpoint.origin,
  ledgerIndex: ({ report }) => report.ledgerIndex,
  treeSize: ({ report }) => report.checkpoint.treeSize,
  software: ({ evidence }) => evidence.batch.state.software,
} as const satisfies Readonly<Record<string, Field>>;

export const FIELD_NAMES = Object.keys(FIELDS) as readonly (keyof typeof FIELDS)[];

/** Undefined where the evidence does not have it. */
export function fieldValue(name: string, source: FieldSource): string | number | undefined {
  return Object.hasOwn(FIELDS, name) ? FIELDS[name as keyof typeof FIELDS](source) : undefined;
}
