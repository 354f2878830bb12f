/**
 * X.509 certificates that are none: what RFC 5280, section 4.1, and DER do not have is refused, and read as nothing else. Each is
 * a certificate that is read, but for one thing.
 */
import { describe, expect, it } from "@jest/globals";
import { concatBytes, utf8 } from "../../../src/core/bytes.js";
import { MalformedError } from "../../../src/pki/der/der.js";
import * as der from "../../../src/pki/der/der-writer.js";
import { parseX509Certificate } from "../../../src/pki/x509/x509-certificate.js";

const nameOf = (text: string) => der.sequence(der.setOf(der.sequence(der.oid("2.5.4.3"), der.text(text))));
const utcTime = (text: string) => der.tlv(0x17, utf8(text));
const generalizedTime = (text: string) => der.tlv(0x18, utf8(text));
const ALGORITHM = der.sequence(der.oid("1.2.840.10045.4.3.2"));
const KEY = der.sequence(
  der.sequence(der.oid("1.2.840.10045.2.1"), der.oid("1.2.840.10045.3.1.7")),
  der.bits(new Uint8Array(65).fill(4)),
);
const extension = (oid: string, value: Uint8Array, ...critical: readonly Uint8Array[]) =>
  der.sequence(der.oid(oid), ...critical, der.octets(value));
const [KEY_USAGE, BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE] = ["2.5.29.15", "2.5.29.19", "2.5.29.37"] as const;
const DIGITAL_SIGNATURE = der.bits(Uint8Array.of(0x80), 7);

/** Each field of a certificate by its name in RFC 5280, in the order of the format. */
const FIELDS = {
  version: der.context(0, der.integer(2)),
  serialNumber: der.integer(7),
  signature: ALGORITHM,
  issuer: nameOf("issuer"),
  validity: der.sequence(utcTime("260101000000Z"), utcTime("360101000000Z")),
  subject: nameOf("subject"),
  subjectPublicKeyInfo: KEY,
  extensions: der.context(3, der.sequence(extension(KEY_USAGE, DIGITAL_SIGNATURE, der.boolean(true)))),
} as const;
type Field = keyof typeof FIELDS;

const NOTHING = new Uint8Array(0);
const withFields = (changed: Partial<Record<Field, Uint8Array>>, ...behind: readonly Uint8Array[]) =>
  outer(der.sequence(...Object.values({ ...FIELDS, ...changed }), ...behind));
/** Of a TBSCertificate: with the algorithm and a signature that nobody looks at here. */
const outer = (tbs: Uint8Array, ...others: readonly Uint8Array[]) =>
  der.sequence(tbs, ...(others.length > 0 ? others : [ALGORITHM, der.bits(new Uint8Array(8))]));
const TBS = der.sequence(...Object.values(FIELDS));
const withExtensions = (...all: readonly Uint8Array[]) =>
  withFields({ extensions: der.context(3, der.sequence(...all)) });
const withValidity = (...times: readonly Uint8Array[]) => withFields({ validity: der.sequence(...times) });
const UNTIL = utcTime("360101000000Z");

/** The same value with a length of one octet more than it needs. */
function longer(value: Uint8Array): Uint8Array {
  const [tag = 0, first = 0] = value;
  if (first < 0x80) return Uint8Array.of(tag, 0x81, ...value.subarray(1));
  return Uint8Array.of(tag, first + 1, 0, ...value.subarray(2));
}
const retagged = (tag: number, [, ...rest]: Uint8Array) => Uint8Array.of(tag, ...rest);

const refuses = (cases: readonly (readonly [what: string, bytes: Uint8Array, why: string])[]) =>
  it.each(cases)("refuses %s", (_, bytes, why) => {
    expect(() => parseX509Certificate(bytes)).toThrow(MalformedError);
    expect(() => parseX509Certificate(bytes)).toThrow(why);
  });

it("reads the certificate that all others here are made from", () => {
  expect(parseX509Certificate(withFields({}))).toMatchObject({
    commonName: "subject",
    keyUsage: 1,
    criticalExtensions: [KEY_USAGE],
    notBeforeMs: Date.parse("2026-01-01T00:00:00Z"),
    notAfterMs: Date.parse("2036-01-01T00:00:00Z"),
  });
});

describe("a field that is missing", () => {
  // The next one is read in its place.
  refuses([
    ["no serial number", withFields({ serialNumber: NOTHING }), "TBSCertificate: field 2"],
    ["no issuer", withFields({ issuer: NOTHING }), "a name of another form"],
    ["no validity", withFields({ validity: NOTHING }), "Validity: field 1"],
    ["no subject", withFields({ subject: NOTHING }), "a name of another form"],
    ["no key", withFields({ subjectPublicKeyInfo: NOTHING }), "TBSCertificate: field 7"],
    ["one signature algorithm", withFields({ signature: NOTHING }), "two signature algorithms"],
    ["no signature", outer(TBS, ALGORITHM), "Certificate: field 3"],
    ["no outer algorithm", outer(TBS, der.bits(new Uint8Array(8))), "Certificate: field 2"],
    ["one time", withValidity(UNTIL), "Validity: field 2"],
    ["no times", withValidity(), "Validity: field 1"],
    [
      "a key without its bits",
      withFields({ subjectPublicKeyInfo: der.sequence(ALGORITHM) }),
      "SubjectPublicKeyInfo",
    ],
    [
      "an attribute without a value",
      withFields({ subject: der.sequence(der.setOf(der.sequence(der.oid("2.5.4.3")))) }),
      "not two fields",
    ],
    ["an extension without a value", withExtensions(der.sequence(der.oid(KEY_USAGE))), "Extension: field 2"],
    [
      "an extension without a name",
      withExtensions(der.sequence(der.octets(DIGITAL_SIGNATURE))),
      "Extension: field 1",
    ],
    ["extensions of none", withExtensions(), "extensions without any"],
    ["an empty [3]", withFields({ extensions: der.context(3) }), "Extensions: one value"],
    [
      "extendedKeyUsage of none",
      withExtensions(extension(EXTENDED_KEY_USAGE, der.sequence())),
      "without any",
    ],
  ]);
});

describe("a value of another type", () => {
  refuses([
    ["a certificate that is a SET", retagged(0x31, withFields({})), "a set that is not in the order"],
    ["a signed part that is no SEQUENCE", outer(retagged(0xa0, TBS)), "Certificate: field 1"],
    ["octets for a signature", outer(TBS, ALGORITHM, der.octets(new Uint8Array(8))), "Certificate: field 3"],
    [
      "an ENUMERATED for a serial number",
      withFields({ serialNumber: der.tlv(0x0a, Uint8Array.of(7)) }),
      "TBSCertificate: field 2",
    ],
    ["a name that is text", withFields({ subject: der.text("subject") }), "TBSCertificate: field 6"],
    [
      "a name of SEQUENCEs",
      withFields({ subject: der.sequence(der.sequence(der.sequence())) }),
      "a name of another form",
    ],
    ["an empty part of a name", withFields({ subject: der.sequence(der.setOf()) }), "a name of another form"],
    ["an integer for a time", withValidity(der.integer(260101), UNTIL), "Validity: field 1"],
    ["text for a time", withValidity(UNTIL, der.printable("360101000000Z")), "Validity: field 2"],
    [
      "extensions in [2]",
      withFields({ extensions: retagged(0xa2, FIELDS.extensions) }),
      "TBSCertificate: a field too many",
    ],
    [
      "an integer for critical",
      withExtensions(extension(KEY_USAGE, DIGITAL_SIGNATURE, der.integer(1))),
      "Extension: field 2",
    ],
    [
      "an integer for cA",
      withExtensions(extension(BASIC_CONSTRAINTS, der.sequence(der.integer(1), der.integer(0)))),
      "a field too many",
    ],
    [
      "octets for keyUsage",
      withExtensions(extension(KEY_USAGE, der.octets(Uint8Array.of(7, 0x80)))),
      "KeyUsage: another type",
    ],
    [
      "bits for subjectKeyIdentifier",
      withExtensions(extension("2.5.29.14", der.bits(Uint8Array.of(1)))),
      "SubjectKeyIdentifier: another type",
    ],
    [
      "a SET for extendedKeyUsage",
      withExtensions(extension(EXTENDED_KEY_USAGE, der.setOf(der.oid("1.2.3")))),
      "ExtendedKeyUsage: another type",
    ],
    [
      "noRevAvail of something",
      withExtensions(extension("2.5.29.56", der.sequence())),
      "noRevAvail with a value",
    ],
  ]);
});

describe("more than the format has", () => {
  refuses([
    ["a byte behind the certificate", concatBytes(withFields({}), Uint8Array.of(0)), "bytes follow"],
    [
      "a fourth field of the certificate",
      outer(TBS, ALGORITHM, der.bits(new Uint8Array(8)), der.nothing()),
      "Certificate: a field too many",
    ],
    ["a field behind the extensions", withFields({}, der.nothing()), "TBSCertificate: a field too many"],
    ["extensions twice", withFields({}, FIELDS.extensions), "TBSCertificate: a field too many"],
    ["a third time", withValidity(UNTIL, UNTIL, UNTIL), "Validity: a field too many"],
    [
      "a third field of the key",
      withFields({
        subjectPublicKeyInfo: der.sequence(ALGORITHM, der.bits(Uint8Array.of(4)), der.nothing()),
      }),
      "SubjectPublicKeyInfo: a field too many",
    ],
    [
      "a third field of an attribute",
      withFields({
        subject: der.sequence(der.setOf(der.sequence(der.oid("2.5.4.3"), der.text("x"), der.text("y")))),
      }),
      "not two fields",
    ],
    [
      "a second list in [3]",
      withFields({
        extensions: der.context(3, der.sequence(extension(KEY_USAGE, DIGITAL_SIGNATURE)), der.sequence()),
      }),
      "Extensions: one value",
    ],
    [
      "a fourth field of an extension",
      withExtensions(der.sequence(der.oid(KEY_USAGE), der.octets(DIGITAL_SIGNATURE), der.nothing())),
      "Extension: a field too many",
    ],
    [
      "a byte behind an extension's value",
      withExtensions(extension(KEY_USAGE, concatBytes(DIGITAL_SIGNATURE, Uint8Array.of(0)))),
      "bytes follow",
    ],
    [
      "a third field of basicConstraints",
      withExtensions(
        extension(BASIC_CONSTRAINTS, der.sequence(der.boolean(true), der.integer(0), der.integer(0))),
      ),
      "a field too many",
    ],
    [
      "one extension twice",
      withExtensions(extension(KEY_USAGE, DIGITAL_SIGNATURE), extension(KEY_USAGE, DIGITAL_SIGNATURE)),
      "extension 2.5.29.15 twice",
    ],
    [
      "one that is not read twice",
      withExtensions(extension("2.5.29.17", NOTHING), extension("2.5.29.17", Uint8Array.of(1))),
      "extension 2.5.29.17 twice",
    ],
  ]);
});

describe("another spelling of a value", () => {
  refuses([
    ["a long length of the certificate", longer(withFields({})), "a length longer than need be"],
    ["a long length of what is signed", outer(longer(TBS)), "a length longer than need be"],
    ["a long length of a time", withValidity(longer(UNTIL), UNTIL), "a length longer than need be"],
    [
      "a long length of an extension",
      withExtensions(longer(extension(KEY_USAGE, DIGITAL_SIGNATURE))),
      "a length longer than need be",
    ],
    [
      "a long length within an extension",
      withExtensions(extension(KEY_USAGE, longer(DIGITAL_SIGNATURE))),
      "a length longer than need be",
    ],
    [
      "the indefinite length",
      Uint8Array.of(0x30, 0x80, ...withFields({}).subarray(4), 0, 0),
      "the indefinite form",
    ],
    [
      "a serial number with a leading zero",
      withFields({ serialNumber: der.tlv(2, Uint8Array.of(0, 7)) }),
      "an integer, not as DER",
    ],
    [
      "a path length with a leading zero",
      withExtensions(
        extension(BASIC_CONSTRAINTS, der.sequence(der.boolean(true), der.tlv(2, Uint8Array.of(0, 1)))),
      ),
      "an integer, not as DER",
    ],
    [
      "a negative path length",
      withExtensions(
        extension(BASIC_CONSTRAINTS, der.sequence(der.boolean(true), der.tlv(2, Uint8Array.of(0xff)))),
      ),
      "a negative length",
    ],
    [
      "unused bits of keyUsage that are not zero",
      withExtensions(extension(KEY_USAGE, der.bits(Uint8Array.of(0x81), 7))),
      "a bit string, not as DER",
    ],
    ...[0x01, 0x7f, 0x80, 0xfe].flatMap((octet) => {
      const value = der.tlv(1, Uint8Array.of(octet));
      return [
        [
          `critical ${octet}`,
          withExtensions(extension(KEY_USAGE, DIGITAL_SIGNATURE, value)),
          "a boolean, not as DER",
        ],
        [
          `cA ${octet}`,
          withExtensions(extension(BASIC_CONSTRAINTS, der.sequence(value))),
          "a boolean, not as DER",
        ],
      ] as const;
    }),
  ]);
});

describe("versions", () => {
  const written = (...number: readonly Uint8Array[]) => der.context(0, ...number);
  const bare = { extensions: NOTHING } as const;
  const withIdentifier = (version: Uint8Array, tag: number, ...content: readonly number[]) =>
    withFields({ version, ...bare }, der.tlv(tag, Uint8Array.from(content)));
  const V2 = written(der.integer(1));

  it.each([
    ["v1, which is not written", withFields({ version: NOTHING, ...bare })],
    ["v2", withFields({ version: V2, ...bare })],
    ["v3 without extensions", withFields(bare)],
    ["v2 with a unique identifier", withIdentifier(V2, 0x81, 0, 1)],
    ["v3 with the subject's", withIdentifier(FIELDS.version, 0x82, 1, 2)],
  ])("may be %s", (_, bytes) => expect(parseX509Certificate(bytes).commonName).toBe("subject"));

  const NONE = "a version that X.509 does not have";
  refuses([
    ["v1 written out", withFields({ version: written(der.integer(0)), ...bare }), NONE],
    ["v4", withFields({ version: written(der.integer(3)), ...bare }), NONE],
    ["version -1", withFields({ version: written(der.tlv(2, Uint8Array.of(0xff))), ...bare }), NONE],
    ["version 2 to the 32nd", withFields({ version: written(der.integer(2 ** 32 + 2)), ...bare }), NONE],
    ["a version that is enumerated", withFields({ version: written(der.tlv(0x0a, Uint8Array.of(2))) }), NONE],
    ["a version of nothing", withFields({ version: written(), ...bare }), "Version: one value"],
    ["two versions", withFields({ version: written(der.integer(2), der.integer(2)) }), "Version: one value"],
    ["a version without its frame", withFields({ version: der.integer(2) }), "TBSCertificate: field"],
    ["extensions in v1", withFields({ version: NOTHING }), "not of version 3"],
    ["extensions in v2", withFields({ version: V2 }), "not of version 3"],
    ["a unique identifier in v1", withIdentifier(NOTHING, 0x81, 0, 1), "in a certificate of version 1"],
    ["one that is no bits", withIdentifier(V2, 0x81), "a bit string, not as DER"],
    ["one with unused bits that are not zero", withIdentifier(V2, 0x82, 1, 1), "a bit string, not as DER"],
    ["one in pieces", withIdentifier(V2, 0xa1, 3, 1, 0), "a field too many"],
  ]);
});

describe("times", () => {
  const readTime = (time: Uint8Array) => parseX509Certificate(withValidity(time, UNTIL)).notBeforeMs;

  it.each([
    ["500101000000Z", "1950-01-01T00:00:00Z"],
    ["991231235959Z", "1999-12-31T23:59:59Z"],
    ["000229120000Z", "2000-02-29T12:00:00Z"],
    ["491231235959Z", "2049-12-31T23:59:59Z"],
  ])("reads UTCTime %s as %s", (text, time) => expect(readTime(utcTime(text))).toBe(Date.parse(time)));

  it.each([
    ["00000101000000Z", "0000-01-01T00:00:00Z"],
    ["20491231235959Z", "2049-12-31T23:59:59Z"],
    ["20500101000000Z", "2050-01-01T00:00:00Z"],
    ["99991231235959Z", "9999-12-31T23:59:59Z"],
  ])("reads GeneralizedTime %s as %s", (text, time) =>
    expect(readTime(generalizedTime(text))).toBe(Date.parse(time)),
  );

  const refused: readonly (readonly [what: string, text: string, why: string])[] = [
    ["without seconds", "2601010000Z", "not as DER"],
    ["without Z", "260101000000", "not as DER"],
    ["with z", "260101000000z", "not as DER"],
    ["of a zone", "260101000000+0800", "not as DER"],
    ["with a letter before", "x260101000000Z", "not as DER"],
    ["with a letter behind", "260101000000Zx", "not as DER"],
    ["of nothing", "", "not as DER"],
    ["of a 13th month", "261301000000Z", "does not exist"],
    ["of month 0", "260001000000Z", "does not exist"],
    ["of day 0", "260100000000Z", "does not exist"],
    ["of 30 February", "260230000000Z", "does not exist"],
    ["of 29 February where there is none", "260229000000Z", "does not exist"],
    ["of hour 24", "260101240000Z", "does not exist"],
    ["of minute 60", "260101006000Z", "does not exist"],
    ["of second 60", "260101000060Z", "does not exist"],
  ];
  refuses(refused.map(([what, text, why]) => [`UTCTime ${what}`, withValidity(utcTime(text), UNTIL), why]));
  refuses(
    refused.map(([what, text, why]) => {
      const time = generalizedTime(text.replace("26", "2026"));
      return [`GeneralizedTime ${what}`, withValidity(time, UNTIL), why] as const;
    }),
  );
  refuses([
    ["UTCTime of four digits for a year", withValidity(utcTime("20260101000000Z"), UNTIL), "not as DER"],
    ["GeneralizedTime of two", withValidity(generalizedTime("260101000000Z"), UNTIL), "not as DER"],
    ["a fraction", withValidity(generalizedTime("20260101000000.5Z"), UNTIL), "not as DER"],
    ["a fraction of zero", withValidity(generalizedTime("20260101000000.0Z"), UNTIL), "not as DER"],
    [
      "a time of a thousand digits",
      withValidity(generalizedTime(`${"2".repeat(1000)}Z`), UNTIL),
      "not as DER",
    ],
  ]);
});

describe("keyUsage", () => {
  const usage = (...octets: readonly number[]) =>
    parseX509Certificate(withExtensions(extension(KEY_USAGE, der.tlv(3, Uint8Array.from(octets))))).keyUsage;

  it.each([
    ["no bits", [0], 0],
    ["bit 0", [7, 0x80], 0x001],
    ["bits 0 and 1", [6, 0xc0], 0x003],
    ["bits 5 and 6", [1, 0x06], 0x060],
    ["bit 8", [7, 0x00, 0x80], 0x100],
    ["bit 0 with zeros behind", [0, 0x80, 0, 0, 0, 0, 0, 0, 0], 0x001],
    ["bit 0 and the first without a name", [6, 0x80, 0x40], 0x201],
    ["bits 0 and 40", [7, 0x80, 0, 0, 0, 0, 0x80], 0x201],
    ["all bits of 100 octets", [0, ...new Uint8Array(100).fill(0xff)], 0x3ff],
  ])("has %s", (_, octets, bits) => expect(usage(...octets)).toBe(bits));
});

describe("a common name", () => {
  const shown = (tag: number, ...octets: readonly number[]) =>
    parseX509Certificate(
      withFields({
        subject: der.sequence(
          der.setOf(der.sequence(der.oid("2.5.4.3"), der.tlv(tag, Uint8Array.from(octets)))),
        ),
      }),
    ).commonName;

  it.each([
    ["UTF8String", 0x0c, [0xe6, 0xb3, 0x95, 0x20, 0x61], "法 a"],
    ["PrintableString", 0x13, [0x61, 0x62], "ab"],
    ["TeletexString", 0x14, [0xe9], "é"],
    ["IA5String", 0x16, [0x40], "@"],
    ["BMPString", 0x1e, [0x6c, 0xd5, 0xd8, 0x3d, 0xde, 0x00], "法😀"],
    ["UniversalString", 0x1c, [0, 0, 0x6c, 0xd5, 0, 1, 0xf6, 0], "法😀"],
    ["UTF8String of nothing", 0x0c, [], ""],
  ])("is read as %s", (_, tag, octets, text) => expect(shown(tag, ...octets)).toBe(text));

  it.each([
    ["UTF-8 that is none", 0x0c, [0xc3, 0x28], "0c02c328"],
    ["half a character", 0x1e, [0x00], "1e0100"],
    ["half a pair", 0x1e, [0xd8, 0x3d], "1e02d83d"],
    ["three quarters of a character", 0x1c, [0, 0, 0x61], "1c03000061"],
    ["a character that Unicode does not have", 0x1c, [0, 0x11, 0, 0], "1c0400110000"],
    ["a NumericString", 0x12, [0x31], "120131"],
    ["an integer", 0x02, [5], "020105"],
  ])("is shown as its DER where it is %s", (_, tag, octets, text) =>
    expect(shown(tag, ...octets)).toBe(text),
  );
});
