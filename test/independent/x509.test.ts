/**
 * X.509 certificates as strangers spell them: the second verifier reads each as ours does, or neither reads it
 * (docs/evidence-format.md, section 8.1). The certificates are one, with its extensions, its name, a time or its version replaced:
 * nobody signed them.
 */
import { execFileSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "@jest/globals";
import { sampleAuthority } from "../../scripts/make-vectors/timestamp-authority.js";
import { bytesFromHex, utf8 } from "../../src/core/bytes.js";
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

/** What stands where among the fields, the version first. */
const [VERSION, VALIDITY, SUBJECT] = [0, 4, 5];
const withField = (place: number, value: Uint8Array, ...behind: readonly Uint8Array[]): Uint8Array =>
  withFields(...fields.map((field, i) => (i === place ? value : field)), ...behind);
const withName = (value: string): Uint8Array =>
  withField(SUBJECT, tlv(TAG.sequence, tlv(TAG.set, tlv(TAG.sequence, octets("0603550403"), octets(value)))));
const withTime = (tag: number, text: string): Uint8Array =>
  withField(VALIDITY, tlv(TAG.sequence, tlv(tag, utf8(text)), tlv(TAG.utcTime, utf8("491231235959Z"))));

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
    ...["0303008000", "0302017e", "0500", "040180", "030500ffffff80", "03080780000000000080"],
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

const TIMES = [
  ...["260101000000Z", "491231235959Z", "500101000000Z", "2601010000Z", "260101000000", "260101000000z", ""],
  ...[
    "260101000000+0000",
    "260101000000Zx",
    "x260101000000Z",
    "260230000000Z",
    "240229000000Z",
    "261301000000Z",
  ],
  ...[
    "260100000000Z",
    "260101240000Z",
    "260101006000Z",
    "260101000060Z",
    "20260101000000Z",
    "00000101000000Z",
  ],
  ...["20260101000000.5Z", "20260101000000.0Z", "20260101000000,5Z", "202601010000Z", "20260101000000-0500"],
  ...["99991231235959Z", "99991299000000Z", "20260229000000Z", "20240229000000Z", "20260101000060Z"],
];
/** In hexadecimal: the version, whole, and what stands behind the key in place of extensions. */
const VERSIONS: readonly (readonly [version: string, behind: string])[] = [
  ...["", "a003020100", "a003020101", "a003020102", "a003020103", "a0030201ff", "a000", "a0030a0102"].flatMap(
    (version) =>
      [
        "",
        "81020001",
        "8100",
        "82020101",
        "8202010281020001",
        "a103030100",
        "a311300f300d0603551d0e0406040401020304",
      ].map((behind) => [version, behind] as const),
  ),
  ["a006020102020102", ""],
  ["020102", ""],
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
  ...TIMES.flatMap((text) =>
    [TAG.utcTime, TAG.generalizedTime].map(
      (tag) => [`a time of type ${tag}: ${text}`, withTime(tag, text)] as const,
    ),
  ),
  ...VERSIONS.map(
    ([version, behind]) =>
      [`version ${version}, then ${behind}`, withField(VERSION, octets(version), octets(behind))] as const,
  ),
];

/** What both are compared on, or null where it can't be read. */
function readByOurs(bytes: Uint8Array): unknown {
  try {
    const read = parseX509Certificate(bytes);
    const { isAuthority = null, pathLength = null, keyUsage, extendedKeyUsage, notBeforeMs } = read;
    return [isAuthority, pathLength, extendedKeyUsage?.purposes ?? null, bitsOf(keyUsage), notBeforeMs];
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

/** The numbers of the bits that are set; of those without a name the first stands for all. */
const bitsOf = (usage: number | undefined): readonly number[] | null =>
  usage === undefined
    ? null
    : Array.from({ length: 10 }, (_, bit) => bit).filter((bit) => usage & (1 << bit));

const READ = `
import base64, json, sys, x509
from der import Malformed
def read(data):
    try:
        certificate = x509.parse_certificate(base64.b64decode(data))
    except Malformed:
        return None
    usage = certificate.key_usage()
    bits = None if usage is None else sorted({min(bit, 9) for bit in usage})
    return [*(certificate.basic_constraints() or (None, None)), certificate.purposes(), bits, certificate.dates[0]]
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
