/** X.509 certificates of strangers: how much is read of them is bounded. */
import { describe, expect, it } from "@jest/globals";
import { utf8 } from "../../../src/core/bytes.js";
import * as der from "../../../src/pki/der/der-writer.js";
import { parseX509Certificate } from "../../../src/pki/x509/x509-certificate.js";

const COMMON_NAME = der.oid("2.5.4.3");
const part = (text: string) => der.tlv(0x31, der.sequence(COMMON_NAME, der.tlv(0x0c, utf8(text))));
const nameOf = (...parts: readonly Uint8Array[]) => der.sequence(...parts);
const utcTime = (text: string) => der.tlv(0x17, utf8(text));
const VALIDITY = der.sequence(utcTime("200101000000Z"), utcTime("490101000000Z"));
const SHA256_RSA = der.sequence(der.oid("1.2.840.113549.1.1.11"), der.tlv(0x05));
const KEY = der.sequence(
  der.sequence(der.oid("1.2.840.113549.1.1.1"), der.tlv(0x05)),
  der.tlv(0x03, Uint8Array.of(0), der.sequence(der.integer(5), der.integer(3))),
);

function certificate(subject: Uint8Array, extension?: readonly [oid: string, value: Uint8Array]): Uint8Array {
  const extensions =
    extension && der.sequence(der.sequence(der.oid(extension[0]), der.tlv(0x04, extension[1])));
  const parts = [SHA256_RSA, nameOf(part("issuer")), VALIDITY, subject, KEY];
  const signed = der.sequence(
    der.context(0, der.integer(2)),
    der.integer(1),
    ...parts,
    ...(extensions ? [der.context(3, extensions)] : []),
  );
  return der.sequence(signed, SHA256_RSA, der.tlv(0x03, new Uint8Array(33)));
}

describe("parseX509Certificate", () => {
  it("reads a name of 2,048 bytes, and refuses a longer one", () => {
    const frame = nameOf(part("x".repeat(1_000))).length - 1_000;
    const longest = "x".repeat(2_048 - frame);
    expect(parseX509Certificate(certificate(nameOf(part(longest)))).commonName).toBe(longest);
    expect(() => parseX509Certificate(certificate(nameOf(part(`${longest}x`))))).toThrow(
      "a name that is too long",
    );
    const many = Array.from({ length: 1_000 }, (_, i) => part(String(i)));
    expect(() => parseX509Certificate(certificate(nameOf(...many)))).toThrow("a name that is too long");
  });

  it("refuses an extension that it reads of more than 2,048 bytes, and none that it does not read", () => {
    const keyUsage = (bytes: number) => der.tlv(0x03, Uint8Array.of(0), new Uint8Array(bytes).fill(0xff));
    const read = (oid: string, value: Uint8Array) =>
      parseX509Certificate(certificate(nameOf(part("x")), [oid, value]));
    expect(() => read("2.5.29.15", keyUsage(60_000))).toThrow("extension 2.5.29.15 is too long");
    expect(read("2.5.29.32", keyUsage(60_000)).commonName).toBe("x");
  });

  it("reads of lists what the format has, and nothing else", () => {
    const read = (oid: string, value: Uint8Array) =>
      parseX509Certificate(certificate(nameOf(part("x")), [oid, value]));
    const purposes = der.sequence(der.oid("1.3.6.1.5.5.7.3.8"), der.oid("2.999.3"));
    expect(read("2.5.29.37", purposes).extendedKeyUsage?.purposes).toEqual(["1.3.6.1.5.5.7.3.8", "2.999.3"]);
    for (const value of [der.sequence(der.nothing()), der.tlv(0x31, der.oid("1.2.3")), der.oid("1.2.3")])
      expect(() => read("2.5.29.37", value)).toThrow("ExtendedKeyUsage: another type than the format's");
    const constraints = der.sequence(der.boolean(true), der.integer(3));
    expect(read("2.5.29.19", constraints)).toMatchObject({ isAuthority: true, pathLength: 3 });
    for (const value of [
      der.sequence(der.boolean(true), der.integer(3), der.integer(4)),
      der.sequence(der.integer(3), der.boolean(true)),
    ])
      expect(() => read("2.5.29.19", value)).toThrow("BasicConstraints: a field too many");
  });

  it("shows the last common name, else the last name of any kind, and what is no text as its DER", () => {
    const shown = (...parts: readonly Uint8Array[]) =>
      parseX509Certificate(certificate(nameOf(...parts))).commonName;
    const other = der.setOf(der.sequence(der.oid("2.5.4.10"), der.tlv(0x13, utf8("organisation"))));
    expect(shown(part("first"), part("last"), other)).toBe("last");
    expect(shown(other)).toBe("organisation");
    expect(shown(der.setOf(der.sequence(COMMON_NAME, der.integer(5))))).toBe("020105");
    expect(shown()).toBe("");
  });
});
