/** A real time-stamping authority: `openssl ts`, with a root, an authority under it and a unit that signs tokens. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface OpensslOptions {
  /** For `openssl req -newkey`. */
  readonly key: readonly string[];
  readonly digest?: "sha256" | "sha384" | "sha512";
  readonly signingCertificateDigest?: "sha1" | "sha256" | "sha512";
}

export interface OpensslAuthority {
  readonly rootPem: string;
  readonly middlePem: string;
  /** A TimeStampToken over the message, by the clock of this machine. */
  stamp(message: Uint8Array, options?: { readonly imprint?: string; readonly isBare?: boolean }): Uint8Array;
  /** `openssl ts -verify`; throws where it refuses. */
  verify(token: Uint8Array, message: Uint8Array, rootPem: string, atSeconds: number): void;
  /** The TSTInfo signed by RSASSA-PSS, which `openssl ts` does not do: by `openssl cms`, over the same content. */
  signPss(tstInfo: Uint8Array, options: { readonly digest: string; readonly salt: string }): Uint8Array;
  /** `openssl cms -verify`, as CAdES; throws where it refuses. */
  verifyCms(token: Uint8Array, rootPem: string): void;
  close(): void;
}

export const RSA = ["rsa:2048"] as const;
export const P256 = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] as const;
export const P521 = ["ec", "-pkeyopt", "ec_paramgen_curve:P-521"] as const;
/** A key for RSASSA-PSS alone. */
export const PSS = ["rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"] as const;
export const P384 = ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"] as const;

export function opensslAuthority({ key, digest = "sha256", ...options }: OpensslOptions): OpensslAuthority {
  const folder = mkdtempSync(join(tmpdir(), "timestamp-authority-"));
  const openssl = (...args: readonly string[]) =>
    execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const write = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
  const read = (name: string) => new Uint8Array(readFileSync(join(folder, name)));

  write(
    "extensions.cnf",
    `[root]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n` +
      `[middle]\nbasicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n` +
      `[unit]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n` +
      `extendedKeyUsage=critical,timeStamping\n[req]\ndistinguished_name=dn\n[dn]\n`,
  );
  write(
    "ts.cnf",
    `[tsa]\ndefault_tsa=unit\n[unit]\nserial=./serial\nsigner_digest=${digest}\ndefault_policy=1.2.3.4.1\n` +
      `digests=sha1,sha256,sha384,sha512,sm3\nordering=yes\ntsa_name=yes\naccuracy=secs:1,millisecs:500,microsecs:100\n` +
      `clock_precision_digits=6\ness_cert_id_chain=no\ness_cert_id_alg=${options.signingCertificateDigest ?? "sha256"}\n`,
  );
  write("serial", "00F1\n");
  const make = (name: string, subject: string, issuer: string) => {
    openssl("req", "-new", "-newkey", ...key, "-nodes", "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", subject, "-config", "extensions.cnf"); // prettier-ignore
    const by = issuer === name ? ["-signkey", `${name}.key`] : ["-CA", `${issuer}.pem`, "-CAkey", `${issuer}.key`, "-CAcreateserial"]; // prettier-ignore
    openssl("x509", "-req", "-in", `${name}.csr`, ...by, `-${digest}`, "-days", "3650", "-extfile", "extensions.cnf", "-extensions", name, "-out", `${name}.pem`); // prettier-ignore
  };
  make("root", "/O=Example/CN=Example Root", "root");
  make("middle", "/O=Example/CN=Example Middle", "root");
  make("unit", "/O=Example/CN=Example Unit", "middle");
  const text = (name: string) => readFileSync(join(folder, name), "utf8");

  return {
    rootPem: text("root.pem"),
    middlePem: text("middle.pem"),
    stamp(message, { imprint = "sha256", isBare = false } = {}) {
      write("message", message);
      openssl(
        "ts",
        "-query",
        "-data",
        "message",
        `-${imprint}`,
        ...(isBare ? [] : ["-cert"]),
        "-out",
        "query",
      );
      openssl("ts", "-reply", "-config", "ts.cnf", "-queryfile", "query", "-signer", "unit.pem", "-inkey", "unit.key", "-chain", "middle.pem", "-token_out", "-out", "token"); // prettier-ignore
      return read("token");
    },
    verify(token, message, rootPem, atSeconds) {
      write("message", message);
      write("given", token);
      write("given.pem", rootPem);
      openssl("ts", "-verify", "-in", "given", "-token_in", "-data", "message", "-CAfile", "given.pem", "-attime", String(atSeconds)); // prettier-ignore
    },
    signPss(tstInfo, { digest, salt }) {
      write("info", tstInfo);
      openssl("cms", "-sign", "-binary", "-nodetach", "-cades", "-econtent_type", "1.2.840.113549.1.9.16.1.4", "-in", "info", "-signer", "unit.pem", "-inkey", "unit.key", "-certfile", "middle.pem", "-md", digest, "-keyopt", "rsa_padding_mode:pss", "-keyopt", `rsa_pss_saltlen:${salt}`, "-outform", "DER", "-out", "token"); // prettier-ignore
      return read("token");
    },
    verifyCms(token, rootPem) {
      write("given", token);
      write("given.pem", rootPem);
      openssl("cms", "-verify", "-binary", "-cades", "-purpose", "timestampsign", "-inform", "DER", "-in", "given", "-CAfile", "given.pem", "-out", "content"); // prettier-ignore
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
