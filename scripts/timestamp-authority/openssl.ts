/**
 * A time-stamping authority of a fictional organisation. OpenSSL is the authority: it makes the keys and certificates
 * and signs every token (`openssl ts -reply`); here is only what hands it a request. Kept in a folder and found there
 * again; the unit's certificate is short-lived, and made anew before it ends.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

export interface TimestampAuthorityFiles {
  /** For the trust file. */
  readonly rootPem: string;
  /** Answers a TimeStampReq with a TimeStampResp, a refusal too. */
  reply(query: Uint8Array): Promise<Uint8Array>;
}

export interface TimestampAuthorityOptions {
  readonly organisation?: string;
  /** Of the unit's certificate, for a test of one that may not sign tokens. */
  readonly extensions?: string;
  readonly days?: number;
}

const ORGANISATION = "示例授时机构 Example Time Authority";
/**
 * extendedKeyUsage as RFC 3161, section 2.3 wants it; noRevAvail (RFC 9608, 2.5.29.56, NULL) says that nobody need look
 * for a revocation list, which a short-lived certificate does without.
 */
const UNIT_EXTENSIONS =
  "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n" +
  "extendedKeyUsage=critical,timeStamping\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n2.5.29.56=DER:0500\n";
const UNIT_DAYS = 90;
const RENEW_SECONDS = 30 * 86_400;

export async function openTimestampAuthority(
  folder: string,
  options: TimestampAuthorityOptions = {},
): Promise<TimestampAuthorityFiles> {
  const { organisation = ORGANISATION, extensions = UNIT_EXTENSIONS, days = UNIT_DAYS } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const openssl = (...args: readonly string[]) => promisify(execFile)("openssl", args, { cwd: folder });
  const certify = async (name: string, commonName: string, ...by: readonly string[]) => {
    const subject = `/C=CN/O=${organisation}/CN=${commonName}`;
    await openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-utf8", "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", subject, "-config", "x509.cnf"); // prettier-ignore
    await openssl("x509", "-req", "-sha256", "-in", `${name}.csr`, "-extfile", "x509.cnf", "-extensions", name, "-out", `${name}.pem`, ...by); // prettier-ignore
  };
  await writeFile(join(folder, "x509.cnf"), x509Configuration(extensions));
  await writeFile(join(folder, "ts.cnf"), TS_CONFIGURATION);
  if (!existsSync(join(folder, "serial"))) await writeFile(join(folder, "serial"), "01\n");
  if (!existsSync(join(folder, "root.pem")))
    await certify("root", organisation, "-signkey", "root.key", "-days", "3650");
  const isFresh = async () =>
    openssl("x509", "-in", "unit.pem", "-noout", "-checkend", String(RENEW_SECONDS)).then(
      () => true,
      () => false,
    );
  if (!(await isFresh()))
    await certify("unit", `${organisation} Unit 1`, "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", String(days)); // prettier-ignore

  // One after the other: they share files, the serial number's among them.
  let last: Promise<unknown> = Promise.resolve();
  return {
    rootPem: await readFile(join(folder, "root.pem"), "utf8"),
    reply: (query) => {
      const next = last.then(() => opensslReply(folder, query));
      last = next.catch(() => undefined);
      return next;
    },
  };
}

/** By files, since OpenSSL opens what it is named, and Node's pipes can't be opened by a name. */
async function opensslReply(folder: string, query: Uint8Array): Promise<Uint8Array> {
  await writeFile(join(folder, "query.tsq"), query);
  const args = ["ts", "-reply", "-config", "ts.cnf", "-queryfile", "query.tsq", "-out", "reply.tsr"];
  await promisify(execFile)("openssl", args, { cwd: folder });
  return new Uint8Array(await readFile(join(folder, "reply.tsr")));
}

const x509Configuration = (unitExtensions: string): string =>
  `[req]\ndistinguished_name=dn\nstring_mask=utf8only\n[dn]\n` +
  `[root]\nbasicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n` +
  `[unit]\n${unitExtensions}`;

const TS_CONFIGURATION =
  "[tsa]\ndefault_tsa=unit\n[unit]\nserial=./serial\nsigner_cert=./unit.pem\nsigner_key=./unit.key\nsigner_digest=sha256\n" +
  "default_policy=1.2.3.4.1\nother_policies=1.2.3.4.2\ndigests=sha256,sha384,sha512\naccuracy=secs:1\nordering=no\n" +
  "tsa_name=no\nclock_precision_digits=3\ness_cert_id_chain=no\ness_cert_id_alg=sha256\n";
