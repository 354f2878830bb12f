/** The two kinds of signature that verifiers here know, and a host's faster functions for them. */
import type { VerifyEd25519 } from "./ed25519.js";
import type { VerifyMlDsa44 } from "./ml-dsa-44.js";

export const SIGNATURE_ALGORITHMS = ["ed25519", "ml-dsa-44"] as const;
export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number];

/** Where one of these is absent, core's own is taken: slower, and with the same answers. */
export interface Verifiers {
  readonly verifyEd25519?: VerifyEd25519;
  readonly verifyMlDsa44?: VerifyMlDsa44;
}
