/**
 * Who signs the sample's certificates: a demonstration root, named by the trust file, and the notary's signer under it,
 * short-lived and made anew before it ends.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { makeX509 } from "../../src/programs/x509.js";

export interface SampleSigner {
  /** PEM, for `certificateAuthorities`. */
  readonly rootPem: string;
  readonly key: string;
  readonly chain: string;
}

const ORGANISATION = "示例存证服务中心 Example Notarization Service";
const DAY_MS = 86_400_000;
const [SIGNER_DAYS, RENEW_DAYS] = [90, 30];

export function openSampleSigner(data: string, notaryFolder: string): SampleSigner {
  const folder = join(data, "certificate-authority");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const root = join(folder, "root");
  const signer = join(notaryFolder, "signer");
  const make = (kind: "authority" | "document-signer", out: string, commonName: string, days: number) =>
    makeX509(
      {
        kind,
        subject: { commonName, organisation: ORGANISATION, country: "CN" },
        algorithm: "rsa-2048",
        days,
        ...(kind === "document-signer" && { authority: root }),
        out,
      },
      Date.now(),
    );
  if (!existsSync(`${root}.pem`)) make("authority", root, "示例根 Example Root CA (demonstration)", 3650);
  const isFresh =
    existsSync(`${signer}.pem`) &&
    Date.parse(new X509Certificate(readFileSync(`${signer}.pem`)).validTo) > Date.now() + RENEW_DAYS * DAY_MS;
  if (!isFresh) {
    for (const file of [`${signer}.key`, `${signer}.pem`]) rmSync(file, { force: true });
    make("document-signer", signer, "示例存证服务 Example Notarization (demonstration)", SIGNER_DAYS);
  }
  return {
    rootPem: readFileSync(`${root}.pem`, "utf8"),
    key: `${signer}.key`,
    chain: `${signer}.pem`,
  };
}
