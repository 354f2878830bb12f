/** Each other spelling of a value is refused: X.690, sections 8, 10 and 11. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { MalformedError, parseDer } from "../../../src/pki/der/der.js";
import { fieldsOf, objectIdentifier, smallInteger } from "../../../src/pki/der/fields.js";

const bytes = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

describe("parseDer", () => {
  it.each([
    ["01 01 ff", "true"],
    ["02 01 00", "zero"],
    ["02 02 00 80", "128"],
    ["02 01 80", "-128"],
    ["03 02 07 80", "one bit"],
    ["03 01 00", "no bits"],
    ["04 00", "no octets"],
    ["06 03 2a 86 48", "1.2.840"],
    ["30 00", "an empty sequence"],
    ["31 06 02 01 01 02 01 02", "a set in order"],
    [`04 81 80 ${"00".repeat(128)}`, "128 octets"],
  ])("takes %s, %s", (text) => expect(parseDer(bytes(text)).bytes).toEqual(bytes(text)));

  it.each([
    ["", "nothing"],
    ["30", "a tag alone"],
    ["30 80 00 00", "the indefinite form"],
    ["04 81 01 00", "a length in two octets where one will do"],
    [`04 82 00 80 ${"00".repeat(128)}`, "a length with a leading zero"],
    ["04 85 00 00 00 00 00", "a length of five octets"],
    ["04 02 00", "too few octets"],
    ["30 03 02 01", "a child that ends too early"],
    ["30 03 02 02 01", "a child that reaches beyond its parent"],
    ["02 01 01 00", "a byte after the value"],
    ["02 00", "an integer of nothing"],
    ["02 02 00 7f", "a positive integer with a leading zero"],
    ["02 02 ff 80", "a negative integer with leading ones"],
    ["01 01 01", "true, spelled as BER may"],
    ["01 02 ff ff", "a boolean of two octets"],
    ["05 01 00", "a null of something"],
    ["03 00", "a bit string without its count"],
    ["03 02 08 00", "eight unused bits"],
    ["03 01 01", "unused bits of nothing"],
    ["03 02 01 01", "an unused bit that is not zero"],
    ["06 00", "an object identifier of nothing"],
    ["06 02 2a 86", "an object identifier that does not end"],
    ["06 03 2a 80 01", "an arc with a leading zero"],
    ["24 04 04 02 00 00", "an octet string in pieces"],
    ["10 00", "a primitive sequence"],
    ["11 00", "a primitive set"],
    ["31 06 02 01 02 02 01 01", "a set out of order"],
    ["1f 81 00 00", "a tag of several octets"],
  ])("refuses %s, %s", (text) => expect(() => parseDer(bytes(text))).toThrow(MalformedError));

  it("refuses what only costs the reader memory and time", () => {
    const many = Uint8Array.of(
      0x30,
      0x82,
      0x28,
      0x00,
      ...new Uint8Array(0x2800).map((_, i) => (i % 2 ? 0 : 5)),
    );
    expect(() => parseDer(many)).toThrow("more than 4096 DER values in one");
    const identifier = Uint8Array.of(0x06, 0x41, ...new Uint8Array(0x40).fill(0x81), 0x01);
    expect(() => parseDer(identifier)).toThrow("an object identifier too long");
  });

  it("refuses what is nested without end", () => {
    let nested = bytes("30 00");
    for (let i = 0; i < 40; i++) nested = Uint8Array.of(0x30, nested.length, ...nested);
    expect(() => parseDer(nested)).toThrow(MalformedError);
  });

  it("takes or refuses any bytes, and never stumbles", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (any) => {
        try {
          expect(parseDer(any).bytes).toEqual(any);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("fields", () => {
  it("are all taken, in their order, and of their type", () => {
    const sequence = parseDer(bytes("30 06 02 01 07 06 01 2a"));
    const fields = fieldsOf(sequence, "Example");
    expect(smallInteger(fields.take(0x02))).toBe(7);
    expect(() => fields.end()).toThrow("Example: a field too many");
    expect(fields.takeIf(0x02)).toBeUndefined();
    expect(objectIdentifier(fields.take(0x06))).toBe("1.2");
    expect(() => fields.take(0x06)).toThrow("Example: field 3 is missing or of another type");
    expect(() => fields.end()).not.toThrow();
    expect(() => fieldsOf(sequence, "Example", 0x31)).toThrow(MalformedError);
  });

  it.each([
    ["06 01 2a", "1.2"],
    ["06 03 88 37 03", "2.999.3"],
    ["06 09 2a 86 48 86 f7 0d 01 07 02", "1.2.840.113549.1.7.2"],
  ])("reads the object identifier %s", (text, dotted) =>
    expect(objectIdentifier(parseDer(bytes(text)))).toBe(dotted),
  );
});
