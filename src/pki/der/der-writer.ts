/** DER as we write it: values in, bytes out. ITU-T X.690, sections 8 and 10 to 11. The strict reader is der.ts. */
import { concatBytes, utf8 } from "../../core/bytes.js";
import { compareBytes } from "./der.js";

export function tlv(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts);
  return concatBytes(Uint8Array.of(tag), encodeLength(content.length), content);
}

function encodeLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Uint8Array.of(0x80 | octets.length, ...octets);
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => tlv(0x30, ...parts);
/** Writes a SET OF, its members in the order of DER. */
export const setOf = (...parts: readonly Uint8Array[]): Uint8Array => taggedSetOf(0x31, ...parts);
export const taggedSetOf = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  tlv(tag, ...[...parts].sort(compareBytes));
export const context = (number: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  tlv(0xa0 | number, ...parts);
export const octets = (bytes: Uint8Array): Uint8Array => tlv(0x04, bytes);
export const bits = (bytes: Uint8Array, unused = 0): Uint8Array => tlv(0x03, Uint8Array.of(unused), bytes);
export const boolean = (value: boolean): Uint8Array => tlv(0x01, Uint8Array.of(value ? 0xff : 0));
export const nothing = (): Uint8Array => tlv(0x05);
/** Writes a PrintableString: letters, digits and a few signs, as the caller makes sure. */
export const printable = (value: string): Uint8Array => tlv(0x13, utf8(value));
export const text = (value: string): Uint8Array => tlv(0x0c, utf8(value));

/** Writes an INTEGER that is not negative. */
export function integer(value: number | bigint): Uint8Array {
  const digits = value.toString(16);
  const octets = digits.padStart(digits.length + (digits.length % 2), "0").match(/../g) ?? [];
  return unsignedInteger(Uint8Array.from(octets, (octet) => Number.parseInt(octet, 16)));
}

/** Writes an INTEGER of big-endian bytes without leading zeros. */
export const unsignedInteger = (bytes: Uint8Array): Uint8Array =>
  tlv(0x02, ...((bytes[0] ?? 0) >= 0x80 ? [Uint8Array.of(0)] : []), bytes);

export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const arcs = [first * 40 + second, ...rest].flatMap((arc) => {
    const septets = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      septets.unshift((left % 128) | 0x80);
    return septets;
  });
  return tlv(0x06, Uint8Array.from(arcs));
}

/**
 * Writes a GeneralizedTime from `2026-11-24T08:00:02.000Z`, without a fraction where it is zero (X.690, section
 * 11.7.3).
 */
export const generalizedTime = (time: string): Uint8Array =>
  tlv(0x18, utf8(time.replace(/[-:T]/g, "").replace(/\.?0{0,3}Z$/, "Z")));
/** Writes the Time of an X.509 certificate: until 2049 as UTCTime (RFC 5280, section 4.1.2.5). */
export const x509Time = (time: string): Uint8Array =>
  time < "2050" ? tlv(0x17, utf8(`${time.slice(2, 19).replace(/[-:T]/g, "")}Z`)) : generalizedTime(time);
