/** Issued certificates, and what they were made from, in MongoDB. */
import type { IssuerStatement } from "../../certificate/content/certificate-record.js";
import type { ArtifactStore, CertificateStore, IssuedCertificate } from "../../notary/ports/certificates.js";
import { blob, bytesOf, present } from "./schema/documents.js";
import type { ArtifactRow, CertificateRow } from "./schema/certificates.js";
import type { Collections } from "./schema/collections.js";
import type { CounterRow } from "./schema/single.js";
import { isDuplicate, refuseMissing, storing } from "./server/storing.js";

export function mongoCertificates(collections: Collections): CertificateStore & ArtifactStore {
  const { artifacts, certificates, checkpoints, counters, deposits } = collections;
  const newest = (depositId: string, language: CertificateRow["language"]) =>
    certificates.findOne({ depositId, language }).sort({ issue: -1 }).lean<CertificateRow>();

  return {
    findCertificate: async (depositId, language, issue) => {
      const row =
        issue === undefined
          ? await newest(depositId, language)
          : await certificates.findOne({ depositId, language, issue }).lean<CertificateRow>();
      return row ? certificateOf(row) : undefined;
    },
    insertCertificate: (certificate) =>
      storing(async () => {
        const { depositId, language, issue, template, consortium, evidence } = certificate;
        if (issue !== ((await newest(depositId, language))?.issue ?? 0) + 1) return false;
        refuseMissing("deposit", await deposits.exists({ "deposits.id": depositId }));
        refuseMissing("checkpoint", await checkpoints.exists({ _id: evidence.treeSize }));
        for (const sha256 of [template, consortium])
          refuseMissing("artifact", await artifacts.exists({ _id: hexOf(sha256) }));
        // Taken before the certificate is there, so that whoever asks next has a later number.
        const issued = certificate.awaitsTimestamp ? await nextNumber(counters) : undefined;
        try {
          await certificates.collection.insertOne({ ...rowOf(certificate), ...present("awaiting", issued) });
          return true;
        } catch (error) {
          if (isDuplicate(error)) return false;
          throw error;
        }
      }),
    stampCertificate: ({ depositId, language, issue }, signature) =>
      storing(async () => {
        const { modifiedCount } = await certificates.updateOne(
          { depositId, language, issue, awaiting: { $exists: true } },
          { $set: { signature: blob(signature) }, $unset: { awaiting: 1 } },
        );
        return modifiedCount === 1;
      }),
    certificatesAwaitingTimestamp: async ({ after = 0, limit }) => {
      const rows = await certificates
        .find({ awaiting: { $gt: after } })
        .sort({ awaiting: 1 })
        .limit(limit)
        .lean<CertificateRow[]>();
      return rows.map(({ depositId, language, issue, awaiting: place = 0 }) => ({
        ...{ depositId, language, issue, place },
      }));
    },
    keepArtifact: (sha256, content) =>
      storing(async () => {
        try {
          await artifacts.collection.insertOne({ _id: hexOf(sha256) as never, content: blob(content) });
        } catch (error) {
          if (!isDuplicate(error)) throw error;
        }
      }),
    findArtifact: async (sha256) => {
      const row = await artifacts.findById(hexOf(sha256)).lean<ArtifactRow>();
      return row ? bytesOf(row.content) : undefined;
    },
  };
}

async function nextNumber(counters: Collections["counters"]): Promise<number> {
  const counter = await counters
    .findOneAndUpdate(
      { _id: "certificates" },
      { $inc: { value: 1 } },
      { upsert: true, returnDocument: "after" },
    )
    .lean<CounterRow>();
  return (counter as CounterRow).value;
}

const hexOf = (sha256: Uint8Array): string => blob(sha256).toString("hex");

const certificateOf = (row: CertificateRow): IssuedCertificate => ({
  depositId: row.depositId,
  language: row.language,
  issue: row.issue,
  issuedAtMs: row.issuedAtMs,
  template: bytesOf(row.template),
  consortium: bytesOf(row.consortium),
  verifyUrl: row.verifyUrl,
  ...(row.issuer !== undefined && { issuer: JSON.parse(row.issuer) as IssuerStatement }),
  evidence: { treeSize: row.treeSize, cosignatures: row.cosignatures, timestamps: row.timestamps },
  tokensStored: row.tokensStored,
  signature: bytesOf(row.signature),
  awaitsTimestamp: row.awaiting !== undefined,
});

const rowOf = ({ evidence, ...certificate }: IssuedCertificate): CertificateRow => ({
  depositId: certificate.depositId,
  language: certificate.language,
  issue: certificate.issue,
  issuedAtMs: certificate.issuedAtMs,
  template: blob(certificate.template),
  consortium: blob(certificate.consortium),
  verifyUrl: certificate.verifyUrl,
  ...(certificate.issuer && { issuer: JSON.stringify(certificate.issuer) }),
  treeSize: evidence.treeSize,
  cosignatures: evidence.cosignatures,
  timestamps: evidence.timestamps,
  tokensStored: certificate.tokensStored,
  signature: blob(certificate.signature),
});
