/** Signing keys as openssl writes them: each form of PEM, and PKCS #12; and what is refused, in words that help. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parseDocumentKey } from "../../../src/pki/x509/document-key.js";
import { parseX509Certificate } from "../../../src/pki/x509/x509-certificate.js";
import { parsePemCertificates, readDocumentSigner } from "../../../src/platform/keys/document-signer.js";
import { verifyX509Signature } from "../../../src/platform/keys/x509-signature.js";
import { describeWith } from "../../certificate/tools.js";

const folder = mkdtempSync(join(tmpdir(), "document-signer-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const openssl = (...args: readonly string[]) =>
  execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
const read = (name: string) => readFileSync(at(name), "utf8");
const MESSAGE = new TextEncoder().encode("what is signed");

/** An owner's file. */
function write(name: string, text: string | Uint8Array, mode = 0o600): string {
  writeFileSync(at(name), text);
  chmodSync(at(name), mode);
  return at(name);
}

function issue(name: string, issuer: string, newKey: readonly string[], extensions: string): void {
  write("extensions", extensions);
  openssl("req", "-new", "-newkey", ...newKey, "-nodes", "-keyout", `${name}.key`, "-out", "csr", "-subj", `/CN=Example ${name}`); // prettier-ignore
  const by = issuer === name ? ["-signkey", `${name}.key`] : ["-CA", `${issuer}.pem`, "-CAkey", `${issuer}.key`, "-CAcreateserial"]; // prettier-ignore
  openssl(
    "x509",
    "-req",
    "-in",
    "csr",
    ...by,
    "-days",
    "30",
    "-extfile",
    "extensions",
    "-out",
    `${name}.pem`,
  );
  chmodSync(at(`${name}.key`), 0o600);
}

const RSA = ["rsa:2048"];
const ec = (curve: string) => ["ec", "-pkeyopt", `ec_paramgen_curve:${curve}`];
const CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n";
const SIGN = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\n";

/** What the signer signs is verified under its first certificate. */
async function names(files: Parameters<typeof readDocumentSigner>[0]): Promise<readonly string[]> {
  const { certificates, algorithm, sign } = await readDocumentSigner(files);
  const chain = certificates.map(parseX509Certificate);
  const publicKey = chain[0]?.publicKey ?? new Uint8Array(0);
  expect(parseDocumentKey(publicKey).algorithm).toBe(algorithm);
  const signed = { publicKey, algorithm, digest: "sha-256" as const, message: MESSAGE };
  expect(verifyX509Signature({ ...signed, signature: sign(MESSAGE) })).toBe(true);
  return chain.map(({ commonName }) => commonName);
}

describeWith(["openssl"], "a signing key made by openssl", () => {
  beforeAll(() => {
    issue("root", "root", RSA, CA);
    issue("middle", "root", ec("P-256"), CA);
    issue("rsa", "middle", RSA, SIGN);
    issue("p256", "middle", ec("P-256"), SIGN);
    issue("p384", "middle", ec("P-384"), SIGN);
    issue("p521", "middle", ec("P-521"), SIGN);
    issue("weak", "middle", ["rsa:1024"], SIGN);
    for (const name of ["rsa", "p256", "p384", "p521", "weak"])
      write(`${name}.chain`, read(`${name}.pem`) + read("middle.pem"), 0o644);
    write("passphrase", "口令 pass phrase\n");
    write("other", "another\n");
  });
  const plain = (name: string) => ({ key: at(`${name}.key`), chain: at(`${name}.chain`) });

  describe("in PEM files", () => {
    it.each(["rsa", "p256", "p384"])("is read with its chain: %s", async (name) => {
      expect(await names(plain(name))).toEqual([`Example ${name}`, "Example middle"]);
    });

    it("may stand in any of the forms of PEM, encrypted or not", async () => {
      openssl("rsa", "-in", "rsa.key", "-traditional", "-out", "pkcs1.key");
      openssl("ec", "-in", "p256.key", "-out", "sec1.key");
      openssl("pkcs8", "-topk8", "-in", "rsa.key", "-passout", "file:passphrase", "-out", "encrypted.key");
      openssl(
        "ec",
        "-in",
        "p256.key",
        "-aes256",
        "-passout",
        "file:passphrase",
        "-out",
        "encrypted-sec1.key",
      );
      expect(read("pkcs1.key")).toMatch("BEGIN RSA PRIVATE KEY");
      expect(read("sec1.key")).toMatch("BEGIN EC PRIVATE KEY");
      for (const name of ["pkcs1", "sec1", "encrypted", "encrypted-sec1"])
        chmodSync(at(`${name}.key`), 0o600);
      const passphraseFile = at("passphrase");
      await names({ key: at("pkcs1.key"), chain: at("rsa.chain") });
      await names({ key: at("sec1.key"), chain: at("p256.chain") });
      await names({ key: at("encrypted.key"), chain: at("rsa.chain"), passphraseFile });
      await names({ key: at("encrypted-sec1.key"), chain: at("p256.chain"), passphraseFile });
      const encrypted = { key: at("encrypted.key"), chain: at("rsa.chain") };
      await expect(names(encrypted)).rejects.toThrow("encrypted.key is encrypted: its passphrase is wanted");
      await expect(names({ ...encrypted, passphraseFile: at("other") })).rejects.toThrow("is not its own");
    });

    it("has its chain put in order, and the root left out", async () => {
      const chain = write(
        "shuffled",
        read("root.pem") + read("middle.pem") + read("rsa.pem") + read("rsa.pem"),
      );
      expect(await names({ ...plain("rsa"), chain })).toEqual(["Example rsa", "Example middle"]);
    });

    it("is not another's, nor with strangers beside it", async () => {
      await expect(names({ key: at("p256.key"), chain: at("rsa.chain") })).rejects.toThrow(
        "rsa.chain holds no X.509 certificate of the key that is to sign",
      );
      const stray = write("stray", read("rsa.chain") + read("p256.pem"));
      await expect(names({ ...plain("rsa"), chain: stray })).rejects.toThrow(
        "stray holds an X.509 certificate that is not of the chain: CN=Example p256",
      );
      const gap = write("gap", read("rsa.pem") + read("root.pem"));
      await expect(names({ ...plain("rsa"), chain: gap })).rejects.toThrow(
        "not of the chain: CN=Example root",
      );
    });

    it("is strong enough, of a kind that verifiers take, and its owner's alone", async () => {
      await expect(names(plain("weak"))).rejects.toThrow(
        "weak.key is an RSA key of 1024 bits (want 2048 to 8192)",
      );
      await expect(names(plain("p521"))).rejects.toThrow("p521.key is a key of type ec secp521r1 (want RSA");
      const readable = write("readable.key", read("rsa.key"), 0o640);
      await expect(names({ ...plain("rsa"), key: readable })).rejects.toThrow("chmod 600 it");
    });

    it("is a key, and its chain has certificates", async () => {
      await expect(names({ ...plain("rsa"), key: write("no.key", read("rsa.pem")) })).rejects.toThrow(
        "no.key holds no private key",
      );
      await expect(names({ ...plain("rsa"), chain: at("rsa.key") })).rejects.toThrow(
        "holds no X.509 certificate",
      );
      const damaged = write("damaged", read("rsa.pem").replace(/M[A-Za-z0-9+/]{20}/, "AAAA"));
      await expect(names({ ...plain("rsa"), chain: damaged })).rejects.toThrow("damaged holds");
      await expect(names({ ...plain("rsa"), chain: at("nothing") })).rejects.toThrow("ENOENT");
    });
  });

  describe("in a PKCS #12 file", () => {
    const passphraseFile = at("passphrase");
    const exported = (out: string, name: string, ...options: readonly string[]) => {
      openssl("pkcs12", "-export", "-inkey", `${name}.key`, "-in", `${name}.pem`, "-certfile", "middle.pem", "-passout", "file:passphrase", ...options, "-out", out); // prettier-ignore
      chmodSync(at(out), 0o600);
      return { pkcs12: at(out), passphraseFile };
    };

    it.each(["rsa", "p256", "p384"])("is read as openssl 3 writes it: %s", async (name) => {
      const files = exported(`${name}.p12`, name);
      expect(await names(files)).toEqual([`Example ${name}`, "Example middle"]);
      const { certificates } = await readDocumentSigner(files);
      const [inPem] = parsePemCertificates(read(`${name}.pem`), name);
      expect(certificates[0]).toEqual(new Uint8Array(inPem?.raw ?? []));
    });

    it("needs its passphrase, and is whole", async () => {
      const { pkcs12 } = exported("one.p12", "rsa");
      await expect(names({ pkcs12, passphraseFile: at("other") })).rejects.toThrow(
        "one.p12 can't be opened: the passphrase is not its own, or the file is damaged",
      );
      const bytes = readFileSync(pkcs12);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      await expect(names({ pkcs12: write("bent.p12", bytes), passphraseFile })).rejects.toThrow("bent.p12");
      await expect(names({ pkcs12: write("no.p12", "nothing"), passphraseFile })).rejects.toThrow(
        "no.p12 is not a PKCS #12 file",
      );
      await expect(names({ pkcs12, passphraseFile: write("open", "x", 0o644) })).rejects.toThrow(
        "chmod 600 it",
      );
    });

    it("of before 2021 is refused, with what to do", async () => {
      await expect(names(exported("legacy.p12", "rsa", "-legacy"))).rejects.toThrow(
        /legacy algorithm \(1\.2\.840\.113549\.1\.12\.1\.\d\); write it anew: openssl pkcs12 -in .*-legacy/,
      );
      const tripleDes = exported("3des.p12", "rsa", "-keypbe", "PBE-SHA1-3DES");
      await expect(names(tripleDes)).rejects.toThrow("legacy algorithm");
    });

    it("holds one key", async () => {
      openssl(
        "pkcs12",
        "-export",
        "-nokeys",
        "-in",
        "rsa.pem",
        "-passout",
        "file:passphrase",
        "-out",
        "no-key.p12",
      );
      chmodSync(at("no-key.p12"), 0o600);
      await expect(names({ pkcs12: at("no-key.p12"), passphraseFile })).rejects.toThrow(
        "holds 0 private keys",
      );
    });
  });
});
