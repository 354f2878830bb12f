/** Issued certificates, and what they were made from, in SQLite. */
import type { IssuerStatement } from "../../certificate/content/certificate-record.js";
import type {
  ArtifactStore,
  AwaitingCertificate,
  CertificateStore,
  IssuedCertificate,
} from "../../notary/ports/certificates.js";
import { bytesOf, type SqliteDatabase, transact } from "./rows.js";

interface CertificateRow {
  readonly deposit_id: string;
  readonly language: "zh" | "en";
  readonly issue: number;
  readonly issued_at_ms: number;
  readonly template: Buffer;
  readonly consortium: Buffer;
  readonly verify_url: string;
  /** JSON. */
  readonly issuer: string | null;
  readonly tree_size: number;
  readonly cosignatures: number;
  readonly timestamps: number;
  readonly tokens_stored: number;
  readonly signature: Buffer;
  readonly awaits_timestamp: number;
}

export function sqliteCertificates(database: SqliteDatabase): CertificateStore & ArtifactStore {
  const newest = database.prepare<[string, string], CertificateRow>(
    "SELECT * FROM certificates WHERE deposit_id = ? AND language = ? ORDER BY issue DESC LIMIT 1",
  );
  const numbered = database.prepare<[string, string, number], CertificateRow>(
    "SELECT * FROM certificates WHERE deposit_id = ? AND language = ? AND issue = ?",
  );
  const insert = database.prepare<[ReturnType<typeof rowOf>]>(
    `INSERT INTO certificates (deposit_id, language, issue, issued_at_ms, template, consortium, verify_url, issuer,
       tree_size, cosignatures, timestamps, tokens_stored, signature, awaits_timestamp)
     VALUES (@deposit_id, @language, @issue, @issued_at_ms, @template, @consortium, @verify_url, @issuer,
       @tree_size, @cosignatures, @timestamps, @tokens_stored, @signature, @awaits_timestamp)`,
  );
  const stamp = database.prepare<[Uint8Array, string, string, number]>(
    `UPDATE certificates SET signature = ?, awaits_timestamp = 0
     WHERE deposit_id = ? AND language = ? AND issue = ? AND awaits_timestamp = 1`,
  );
  const awaiting = database.prepare<[number, number], AwaitingCertificate>(
    `SELECT deposit_id AS depositId, language, issue, issued AS place FROM certificates
     WHERE awaits_timestamp = 1 AND issued > ? ORDER BY issued LIMIT ?`,
  );
  const keep = database.prepare<[Uint8Array, Uint8Array]>(
    "INSERT INTO artifacts VALUES (?, ?) ON CONFLICT (sha256) DO NOTHING",
  );
  const find = database
    .prepare<[Uint8Array], Buffer>("SELECT content FROM artifacts WHERE sha256 = ?")
    .pluck();

  return {
    findCertificate: async (depositId, language, issue) => {
      const row =
        issue === undefined ? newest.get(depositId, language) : numbered.get(depositId, language, issue);
      return row && certificateOf(row);
    },
    insertCertificate: async (certificate) =>
      transact(database, () => {
        const { depositId, language, issue } = certificate;
        if (issue !== (newest.get(depositId, language)?.issue ?? 0) + 1) return false;
        insert.run(rowOf(certificate));
        return true;
      }),
    stampCertificate: async ({ depositId, language, issue }, signature) =>
      transact(database, () => stamp.run(signature, depositId, language, issue).changes === 1),
    certificatesAwaitingTimestamp: async ({ after = 0, limit }) => awaiting.all(after, limit),
    keepArtifact: async (sha256, content) => {
      transact(database, () => keep.run(sha256, content));
    },
    findArtifact: async (sha256) => {
      const content = find.get(sha256);
      return content && bytesOf(content);
    },
  };
}

const certificateOf = (row: CertificateRow): IssuedCertificate => ({
  depositId: row.deposit_id,
  language: row.language,
  issue: row.issue,
  issuedAtMs: row.issued_at_ms,
  template: bytesOf(row.template),
  consortium: bytesOf(row.consortium),
  verifyUrl: row.verify_url,
  ...(row.issuer !== null && { issuer: JSON.parse(row.issuer) as IssuerStatement }),
  evidence: { treeSize: row.tree_size, cosignatures: row.cosignatures, timestamps: row.timestamps },
  tokensStored: row.tokens_stored,
  signature: bytesOf(row.signature),
  awaitsTimestamp: row.awaits_timestamp === 1,
});

const rowOf = ({ evidence, ...certificate }: IssuedCertificate) => ({
  deposit_id: certificate.depositId,
  language: certificate.language,
  issue: certificate.issue,
  issued_at_ms: certificate.issuedAtMs,
  template: certificate.template,
  consortium: certificate.consortium,
  verify_url: certificate.verifyUrl,
  issuer: certificate.issuer === undefined ? null : JSON.stringify(certificate.issuer),
  tree_size: evidence.treeSize,
  cosignatures: evidence.cosignatures,
  timestamps: evidence.timestamps,
  tokens_stored: certificate.tokensStored,
  signature: certificate.signature,
  awaits_timestamp: certificate.awaitsTimestamp ? 1 : 0,
});
