/** The parts of a token's envelope, and the same token with some of them written otherwise, as authorities do. */
import { concatBytes } from "../../src/core/bytes.js";
import * as der from "../../src/pki/der/der-writer.js";
import { type Element, parseDer } from "../../src/pki/der/der.js";

export interface Otherwise {
  readonly version: number;
  readonly digestAlgorithms: readonly Uint8Array[];
  /** The OCTET STRING. */
  readonly content: Uint8Array;
  readonly certificates: readonly Uint8Array[];
  readonly revocations: readonly Uint8Array[];
  readonly attributes: readonly Uint8Array[];
  readonly signature: Uint8Array;
  readonly unsigned: readonly Uint8Array[];
}

export class Envelope {
  readonly content: Uint8Array;
  readonly certificates: readonly Uint8Array[];
  readonly attributes: readonly Uint8Array[];
  readonly signature: Uint8Array;
  readonly #type: Uint8Array;
  readonly #contentType: Uint8Array;
  readonly #digestAlgorithms: readonly Uint8Array[];
  readonly #signer: readonly Uint8Array[];

  constructor(token: Uint8Array) {
    const [type, explicit] = parseDer(token).children as [Element, Element];
    const [, digests, content, certificates, signers] = explicit.children[0]?.children as [
      Element,
      Element,
      Element,
      Element,
      Element,
    ];
    const [version, sid, digest, attributes, algorithm, signature] = signers.children[0]?.children as [
      Element,
      Element,
      Element,
      Element,
      Element,
      Element,
    ];
    const bytesOf = ({ children }: Element) => children.map(({ bytes }) => bytes);
    const [contentType, octets] = content.children as [Element, Element];
    this.#type = type.bytes;
    this.#contentType = contentType.bytes;
    this.content = octets.content;
    this.#digestAlgorithms = bytesOf(digests);
    this.certificates = bytesOf(certificates);
    this.attributes = bytesOf(attributes);
    this.signature = signature.bytes;
    this.#signer = [version, sid, digest, algorithm].map(({ bytes }) => bytes);
  }

  write(otherwise: Partial<Otherwise> = {}): Uint8Array {
    const { version = 3, revocations, unsigned, attributes = this.attributes } = otherwise;
    const [signerVersion, sid, digest, algorithm] = this.#signer as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const signerInfo = der.sequence(
      ...[signerVersion, sid, digest, der.tlv(0xa0, ...attributes), algorithm],
      otherwise.signature ?? this.signature,
      ...(unsigned ? [der.tlv(0xa1, ...unsigned)] : []),
    );
    const signedData = der.sequence(
      der.integer(version),
      der.setOf(...(otherwise.digestAlgorithms ?? this.#digestAlgorithms)),
      der.sequence(this.#contentType, der.context(0, otherwise.content ?? this.content)),
      der.tlv(0xa0, ...(otherwise.certificates ?? this.certificates)),
      ...(revocations ? [der.tlv(0xa1, ...revocations)] : []),
      der.setOf(signerInfo),
    );
    return der.sequence(this.#type, der.context(0, signedData));
  }
}

/** An OCTET STRING of pieces of this size (X.690, section 8.7.3). */
export function octetsInPieces(whole: Uint8Array, size: number): Uint8Array {
  const { content } = parseDer(whole);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < content.length; at += size) pieces.push(der.octets(content.subarray(at, at + size)));
  return concatBytes(Uint8Array.of(0x24, 0x80), ...pieces, Uint8Array.of(0, 0));
}

export interface BerForm {
  readonly form: "indefinite" | "long";
  /** The signed attributes stay DER, as they do with most who write BER. */
  readonly isOutside: boolean;
}

/** The same value in BER down to its X.509 certificates: its lengths of the indefinite form, or of octets too many. */
export function berOf({ tag, bytes, children }: Element, how: BerForm): Uint8Array {
  const [first] = children;
  const isCertificate = tag === 0x30 && children.length === 3 && children[2]?.tag === 0x03;
  const isAttributes = tag === 0xa0 && first?.children[1]?.tag === 0x31;
  if (first === undefined || isCertificate || (isAttributes && how.isOutside)) return bytes;
  const parts = concatBytes(...children.map((child) => berOf(child, how)));
  if (how.form === "indefinite") return concatBytes(Uint8Array.of(tag, 0x80), parts, Uint8Array.of(0, 0));
  const { length } = parts;
  return concatBytes(Uint8Array.of(tag, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff), parts);
}
