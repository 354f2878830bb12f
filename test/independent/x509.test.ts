/**
 * X.509 certificates as strangers spell them: the second verifier reads each as ours does, or neither reads it
 * (docs/evidence-format.md, section 8.1). The certificates are one, with its extensions or its name replaced: nobody signed them.
 */
import { execFileSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "@jest/globals";
import { sampleAuthority } from "../../scripts/make-vectors/timestamp-authority.js";
import { bytesFromHex } from "../../src/core/bytes.js";
import { context, MalformedError, parseDer, TAG } from "../../src/pki/der/der.js";
import { tlv } from "../../src/pki/der/der-writer.js";
import { withPython } from "./with-python.js";
import { parseX509Certificate } from "../../src/pki/x509/x509-certificate.js";

const HERE = dirname(fileURLToPath(import.meta.url));

const [, base64 = ""] =
  /-----BEGIN CERTIFICATE-----([^-]+)-----/.exec(sampleAuthority("Example TSA", 0x61).pem) ?? [];
const certificate = parseDer(new Uint8Array(Buffer.from(base64, "base64")));
const [tbs, ...signature] = certificate.children;
const EXTENSIONS = context(3);
const fields = (tbs?.children ?? []).filter(({ tag }) => tag !== EXTENSIONS).map(({ bytes }) => bytes);
const withFields = (...parts: readonly Uint8Array[]): Uint8Array =>
  tlv(TAG.sequence, tlv(TAG.sequence, ...parts), ...signature.map(({ bytes }) => bytes));

const octets = (text: string): Uint8Array => bytesFromHex(text.replaceAll(" ", ""));
/** All in hexadecimal: the identifier, whole, the value, and `critical`, whole, where it is written. */
const extension = (oid: string, value: string, critical = ""): Uint8Array =>
  tlv(TAG.sequence, octets(oid), octets(critical), tlv(TAG.octetString, octets(value)));
const withExtensions = (...all: readonly Uint8Array[]): Uint8Array =>
  withFields(...fields, tlv(EXTENSIONS, tlv(TAG.sequence, ...all)));

/** The subject stands fifth behind the version. */
const SUBJECT = 5;
const withName = (value: string): Uint8Array =>
  withFields(
    ...fields.map((field, i) =>
      i === SUBJECT
        ? tlv(TAG.sequence, tlv(TAG.set, tlv(TAG.sequence, octets("0603550403"), octets(value))))
        : field,
    ),
  );

const [TRUE, FALSE] = ["0101ff", "010100"];
const BASIC_CONSTRAINTS = "0603551d13";
const CONSTRAINTS = [
  ...["3000", "30030101ff", "3003010100", "3003010101", "3003020100", "30060101ff020100", "30060101ff020180"],
  ...[
    "300a0101ff02050100000000",
    "30110101ff020c010000000000000000000000",
    "30070101ff02020001",
    "3006010100020103",
  ],
  ...[
    "30060201000101ff",
    "30080101ff0201000500",
    "0500",
    "020100",
    "0400",
    "30020100",
    "30040102ffff",
    "30020200",
    "3100",
  ],
];
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  // keyUsage
  "0603551d0f": [
    ...[
      "03020780",
      "03020204",
      "03020106",
      "0303070080",
      "03020080",
      "03020781",
      "030100",
      "030101",
      "03020880",
    ],
    ...["0303008000", "0302017e", "0500", "040180", "030500ffffff80"],
  ],
  // extendedKeyUsage
  "0603551d25": [
    ...[
      "300a06082b06010505070308",
      "301406082b0601050507030806082b06010505070304",
      "300606 04551d2500",
      "3000",
      "3100",
    ],
    ...["30020500", "301406082b0601050507030806082b06010505070308", "30020600", "300406028001", "3003060180"],
  ],
  // subjectKeyIdentifier, subjectAltName, noRevAvail
  "0603551d0e": ["0404deadbeef", "0400", "3000", "0500"],
  "0603551d11": ["ffff", "", "3000"],
  "0603551d38": ["0500", "3000", "ff"],
};
const NAMES = [
  ...[
    "0c0178",
    "0c02c328",
    "130178",
    "13012a",
    "1e020078",
    "1e0378007a",
    "180178",
    "0500",
    "3000",
    "0101ff",
    "010101",
  ],
  ...["0200", "030100", "0c00", "1c0400000078", "1c0378", "160178", "1601ff", "1401ff", "1201ff"],
];

const cases: readonly (readonly [what: string, bytes: Uint8Array])[] = [
  ...CONSTRAINTS.flatMap((value) =>
    ["", TRUE, FALSE, "010101"].map(
      (critical) =>
        [
          `basicConstraints ${value}, critical ${critical}`,
          withExtensions(extension(BASIC_CONSTRAINTS, value, critical)),
        ] as const,
    ),
  ),
  ...Object.entries(OTHERS).flatMap(([oid, values]) =>
    values.map((value) => [`${oid}: ${value}`, withExtensions(extension(oid, value))] as const),
  ),
  ["an extension twice", withExtensions(extension("0603551d0e", "0400"), extension("0603551d0e", "0400"))],
  ...NAMES.map((value) => [`a name of ${value}`, withName(value)] as const),
];

/** What both are compared on, or null where it can't be read. */
function readByOurs(bytes: Uint8Array): unknown {
  try {
    const { isAuthority = null, pathLength = null, extendedKeyUsage } = parseX509Certificate(bytes);
    return [isAuthority, pathLength, extendedKeyUsage?.purposes ?? null];
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

const READ = `
import base64, json, sys, x509
from der import Malformed
def read(data):
    try:
        certificate = x509.parse_certificate(base64.b64decode(data))
    except Malformed:
        return None
    return [*(certificate.basic_constraints() or (None, None)), certificate.purposes()]
json.dump([read(each) for each in json.load(sys.stdin)], sys.stdout)`;

withPython("the second verifier, on X.509 certificates", () => {
  it(`reads ${cases.length} as ours does`, () => {
    const input = JSON.stringify(cases.map(([, bytes]) => Buffer.from(bytes).toString("base64")));
    const output = execFileSync("python3", ["-c", READ], { cwd: HERE, input, encoding: "utf8" });
    const theirs = JSON.parse(output) as readonly unknown[];
    const ours = cases.map(([, bytes]) => readByOurs(bytes));
    expect(cases.map(([what], i) => [what, ours[i]])).toEqual(cases.map(([what], i) => [what, theirs[i]]));
    // Neither refuses all, and neither takes all.
    expect(ours.filter((one) => one === null).length).toBeGreaterThan(30);
    expect(ours.filter((one) => one !== null).length).toBeGreaterThan(50);
  });
});
