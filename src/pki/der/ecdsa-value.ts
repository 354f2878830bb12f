/**
 * An ECDSA signature is a pair (r, s), and whoever has one can write a second: (r, n - s). Of the two the one with the
 * lower s is ours. RFC 3279, section 2.2.3; the orders from FIPS 186-4, D.1.2.
 */
import { hex } from "../../core/bytes.js";
import { MalformedError, parseDer, TAG } from "./der.js";
import * as der from "./der-writer.js";
import { fieldsOf } from "./fields.js";

const ORDERS = {
  "P-256": 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  "P-384":
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
} as const;
/** Certificates of evidence are signed on these curves. */
export type DocumentCurve = keyof typeof ORDERS;

/**
 * Gives the signature with the lower s: its own bytes where it has that. Throws `MalformedError` where it is none.
 */
export function withLowS(signature: Uint8Array, curve: DocumentCurve): Uint8Array {
  const order = ORDERS[curve];
  const fields = fieldsOf(parseDer(signature), "Ecdsa-Sig-Value");
  const [r, s] = [fields.take(TAG.integer).content, fields.take(TAG.integer).content].map(
    (content) => ((content[0] ?? 0) < 0x80 ? BigInt(`0x${hex(content)}`) : 0n), // A negative number is in no range.
  ) as [bigint, bigint];
  fields.end();
  if (r < 1n || r >= order || s < 1n || s >= order)
    throw new MalformedError("an ECDSA signature out of range");
  return s * 2n < order ? signature : der.sequence(der.integer(r), der.integer(order - s));
}
