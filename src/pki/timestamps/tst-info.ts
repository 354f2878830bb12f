/** What a time-stamping authority signs: "bytes of this digest existed at genTime". RFC 3161, section 2.4.2. */
import { hex } from "../../core/bytes.js";
import { type AlgorithmIdentifier, parseAlgorithm } from "../der/algorithms.js";
import { context, type Element, MalformedError, parseDer, TAG } from "../der/der.js";
import { fieldsOf, objectIdentifier, smallInteger } from "../der/fields.js";
import { generalizedTime } from "../der/times.js";

export interface TstInfo {
  readonly policy: string;
  readonly imprint: { readonly algorithm: AlgorithmIdentifier; readonly digest: Uint8Array };
  /** The serial number is hexadecimal: up to 160 bits and more. */
  readonly serialNumber: string;
  readonly genTimeMs: number;
  /**
   * This says how far genTime may be from the true time, by the authority's own word, micros rounded up; 0 where it
   * says nothing.
   */
  readonly accuracyMs: number;
  /** The nonce is the content of the INTEGER. It concerns whoever asked (timestamp-request.ts). */
  readonly nonce: Uint8Array | undefined;
  /** These extensions must be understood, and none is: their object identifiers are given. */
  readonly criticalExtensions: readonly string[];
}

/** Reads a TSTInfo. Throws `MalformedError`. */
export function parseTstInfo(bytes: Uint8Array): TstInfo {
  const fields = fieldsOf(parseDer(bytes), "TSTInfo");
  if (smallInteger(fields.take(TAG.integer)) !== 1)
    throw new MalformedError("TSTInfo of another version than 1");
  const policy = objectIdentifier(fields.take(TAG.objectIdentifier));
  const imprint = fieldsOf(fields.take(TAG.sequence), "MessageImprint");
  const algorithm = parseAlgorithm(imprint.take(TAG.sequence));
  const digest = imprint.take(TAG.octetString).content;
  imprint.end();
  const serialNumber = hex(fields.take(TAG.integer).content);
  const genTimeMs = generalizedTime(fields.take(TAG.generalizedTime));
  const accuracy = fields.takeIf(TAG.sequence);
  const accuracyMs = accuracy === undefined ? 0 : parseAccuracy(accuracy);
  // DEFAULT FALSE: DER leaves the default out (X.690, section 11.5), and LuxTrust writes it. It was signed so.
  fields.takeIf(TAG.boolean);
  const nonce = fields.takeIf(TAG.integer)?.content;
  fields.takeIf(context(0)); // "The tsa field ... is a hint": the certificate says who signed.
  const extensions = fields.takeIf(context(1));
  fields.end();
  const criticalExtensions = extensions === undefined ? [] : parseCriticalExtensions(extensions);
  return {
    policy,
    imprint: { algorithm, digest },
    serialNumber,
    genTimeMs,
    accuracyMs,
    nonce,
    criticalExtensions,
  };
}

/**
 * Accuracy ::= SEQUENCE { seconds INTEGER, millis [0] INTEGER (1..999), micros [1] INTEGER (1..999) }, each optional.
 * In milliseconds, micros rounded up.
 */
function parseAccuracy(element: Element): number {
  const fields = fieldsOf(element, "Accuracy");
  const seconds = fields.takeIf(TAG.integer);
  if (seconds !== undefined && (seconds.content[0] ?? 0) >= 0x80)
    throw new MalformedError("a negative accuracy");
  let ms = (seconds === undefined ? 0 : Number(`0x${hex(seconds.content) || "0"}`)) * 1000;
  for (const number of [0, 1]) {
    const part = fields.takeIf(context(number, "primitive"));
    if (part === undefined) continue;
    const value = smallInteger(part) ?? 0;
    const isMinimal = part.content.length === (value > 0x7f ? 2 : 1);
    if (value < 1 || value > 999 || !isMinimal) throw new MalformedError("an accuracy out of its range");
    ms += number === 0 ? value : 1;
  }
  fields.end();
  return ms;
}

function parseCriticalExtensions({ children }: Element): string[] {
  if (children.length === 0) throw new MalformedError("extensions without any");
  return children.flatMap((element) => {
    const fields = fieldsOf(element, "Extension");
    const oid = objectIdentifier(fields.take(TAG.objectIdentifier));
    // As above: Sectigo writes `critical FALSE`.
    const isCritical = fields.takeIf(TAG.boolean)?.content[0] === 0xff;
    fields.take(TAG.octetString);
    fields.end();
    return isCritical ? [oid] : [];
  });
}
