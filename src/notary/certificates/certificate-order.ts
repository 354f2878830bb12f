/** What a certificate is made from again, as it was when it was issued. */
import { base64 } from "../../core/bytes.js";
import type { CertificateOrder, IssuedCertificate } from "../ports/certificates.js";
import type { StoredDeposit } from "../ports/deposits.js";
import type { Ports } from "../ports/ports.js";
import { assembleEvidence, type EvidenceSettings } from "../reading/evidence.js";

export type OrderPorts = Parameters<typeof assembleEvidence>[0] & Pick<Ports, "store">;

export async function orderOf(
  ports: OrderPorts,
  evidenceSettings: EvidenceSettings,
  deposit: StoredDeposit,
  issued: IssuedCertificate,
): Promise<CertificateOrder> {
  const under = await ports.store.findArtifact(issued.consortium);
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
