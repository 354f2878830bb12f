/** Our signatures and X.509 certificates by openssl's judgement, and openssl's signatures by ours. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import {
  encodeDetachedSignature,
  signatureValueOf,
  withSignatureTimestamp,
} from "../../../src/pki/signature/detached-signature.js";
import { parsePemCertificates, readDocumentSigner } from "../../../src/platform/keys/document-signer.js";
import { makeX509 } from "../../../src/programs/x509.js";
import { describeWith } from "../../certificate/tools.js";
import { CONTENT, judge, MESSAGE_DIGEST, question, type Trust } from "../signing-chain.js";

const folder = mkdtempSync(join(tmpdir(), "openssl-cms-"));
const at = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const openssl = (...args: readonly string[]) =>
  execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] }).toString();
const bytesOf = (name: string) =>
  new Uint8Array(parsePemCertificates(readFileSync(at(name), "latin1"), name)[0]?.raw ?? []);
const verifies = (name: string) =>
  openssl("cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", name, "-content", "content", "-CAfile", "root.pem", "-purpose", "any", "-out", "out"); // prettier-ignore

describeWith(["openssl"], "openssl", () => {
  let trust: Trust;
  beforeAll(() => {
    const make = (
      kind: "authority" | "document-signer" | "timestamp-signer",
      out: string,
      algorithm: "rsa-2048" | "ecdsa-p256" | "ecdsa-p384",
      authority?: string,
    ) =>
      makeX509(
        {
          ...{ kind, algorithm, days: kind === "authority" ? 60 : 30, out: at(out) },
          subject: { commonName: `示例 ${out}`, organisation: "Example", country: "CN" },
          ...(authority !== undefined && { authority: at(authority) }),
        },
        Date.now(),
      );
    make("authority", "root", "rsa-2048");
    make("authority", "root-of-time", "ecdsa-p384");
    for (const algorithm of ["rsa-2048", "ecdsa-p256", "ecdsa-p384"] as const)
      make("document-signer", algorithm, algorithm, "root");
    make("timestamp-signer", "unit", "rsa-2048", "root-of-time");
    trust = { authorities: [bytesOf("root.pem")], timestampAuthorities: [bytesOf("root-of-time.pem")] };
    writeFileSync(at("content"), CONTENT);
    writeFileSync(at("serial"), "01\n");
    writeFileSync(
      at("ts.cnf"),
      "[tsa]\ndefault_tsa=unit\n[unit]\nserial=./serial\nsigner_digest=sha256\ndefault_policy=1.2.3.4.1\ndigests=sha256\ness_cert_id_alg=sha256\n",
    );
  });

  const stamp = (bytes: Uint8Array): Uint8Array => {
    writeFileSync(at("value"), bytes);
    openssl("ts", "-query", "-data", "value", "-sha256", "-cert", "-out", "query");
    openssl("ts", "-reply", "-config", "ts.cnf", "-queryfile", "query", "-signer", "unit.pem", "-inkey", "unit.key", "-chain", "root-of-time.pem", "-token_out", "-out", "token"); // prettier-ignore
    return new Uint8Array(readFileSync(at("token")));
  };

  it("takes the X.509 certificates, as strict as it can be", () => {
    for (const name of ["root", "rsa-2048", "ecdsa-p256", "ecdsa-p384"])
      expect(
        openssl("verify", "-x509_strict", "-purpose", "any", "-CAfile", "root.pem", `${name}.pem`),
      ).toMatch("OK");
    expect(
      openssl(
        "verify",
        "-x509_strict",
        "-purpose",
        "timestampsign",
        "-CAfile",
        "root-of-time.pem",
        "unit.pem",
      ),
    ).toMatch("OK");
    const text = openssl("x509", "-in", "rsa-2048.pem", "-noout", "-text");
    for (const line of [
      /Key Usage: critical\s+Digital Signature, Non Repudiation/,
      /Basic Constraints: critical\s+CA:FALSE/,
      /Extended Key Usage: \s+1\.3\.6\.1\.5\.5\.7\.3\.36/,
      /No Revocation Available: \n/,
    ])
      expect(text).toMatch(line);
    expect(openssl("x509", "-in", "unit.pem", "-noout", "-text")).toMatch(
      /Extended Key Usage: critical\s+Time Stamping\n/,
    );
    expect(openssl("x509", "-in", "root.pem", "-noout", "-text")).toMatch(/CA:TRUE, pathlen:0/);
  });

  it.each(["rsa-2048", "ecdsa-p256", "ecdsa-p384"])(
    "verifies our signature by %s, stamped or not",
    async (name) => {
      const signer = await readDocumentSigner({ key: at(`${name}.key`), chain: at(`${name}.pem`) });
      const cms = encodeDetachedSignature({ messageDigest: MESSAGE_DIGEST, ...signer });
      const stamped = withSignatureTimestamp(cms, stamp(signatureValueOf(cms)));
      for (const one of [cms, stamped]) {
        writeFileSync(at("ours"), one);
        expect(() => verifies("ours")).not.toThrow();
        expect(judge({ ...question(one, trust), claimedAtMs: Date.now() })).toMatchObject({
          authority: { commonName: "示例 root" },
          judgedBy: one === cms ? "claimed-time" : "token",
        });
      }
      writeFileSync(at("content"), "other bytes");
      expect(() => verifies("ours")).toThrow();
      writeFileSync(at("content"), CONTENT);
    },
  );

  it.each([
    ["writes a signing time, which PAdES has elsewhere", []],
    ["names signed attributes of its own", ["-nosmimecap"]],
    ["leaves the certificate out", ["-nocerts"]],
  ])("%s: its signatures are not of our format", (_, options) => {
    openssl("cms", "-sign", "-cades", "-binary", "-md", "sha256", "-in", "content", "-signer", "rsa-2048.pem", "-inkey", "rsa-2048.key", "-outform", "DER", "-out", "theirs", ...options); // prettier-ignore
    const verdict = judge({
      ...question(new Uint8Array(readFileSync(at("theirs"))), trust),
      claimedAtMs: Date.now(),
    });
    expect(["certificate-signature-malformed", "certificate-signer-mismatch"]).toContain(verdict);
  });
});

it("the content's digest is what is signed", () => {
  expect(MESSAGE_DIGEST).toEqual(new Uint8Array(createHash("sha256").update(CONTENT).digest()));
});
