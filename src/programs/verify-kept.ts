/** The public verifier with every template that this notary has ever used: a changed folder forgets none of them. */
import { type FindArtifact, keptTemplate } from "../adapters/certificate-worker/kept-template.js";
import { parseCertificateRecord } from "../certificate/content/certificate-record.js";
import { readCertificate } from "../certificate/verify/read-certificate.js";
import type { FileReport } from "../certificate/verify/verify-file.js";
import type { ThreadRequest, VerificationPool } from "./verification-pool.js";

export function verifyWithKept(
  { verify }: Pick<VerificationPool, "verify">,
  findArtifact: FindArtifact,
): (request: ThreadRequest) => Promise<FileReport> {
  return async (request) => {
    const report = await verify(request);
    const isUnknown =
      report.type === "cunzheng/report@v1" &&
      report.checks.some(({ code }) => code === "certificate-template-unknown");
    if (!isUnknown) return report;
    const { template: digest } = parseCertificateRecord(readCertificate(request.file).certificate);
    const template = await keptTemplate(findArtifact, digest);
    return template === undefined ? report : verify({ ...request, template });
  };
}
