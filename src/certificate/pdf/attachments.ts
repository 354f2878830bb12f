/** Names of the two files inside a certificate. */
export const EVIDENCE_ATTACHMENT = "evidence.json";
export const RECORD_ATTACHMENT = "certificate.json";
