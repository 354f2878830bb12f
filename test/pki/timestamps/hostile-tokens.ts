/**
 * Tokens that a stranger could hand in to hold up whoever reads them: each of one thing as many times, as deep or as long as
 * it can be in the 65,536 bytes of a token (docs/evidence-format.md, section 8.1). What stands around it is the sample
 * authority's true token, so that a reader gets as far as it can.
 */
import {
  attribute,
  basicConstraints,
  ecKey,
  extendedKeyUsage,
  extension,
  makeCertificate,
  sampleAuthority,
  type SigningKey,
  TIME_STAMPING,
} from "../../../scripts/make-vectors/timestamp-authority.js";
import { Envelope } from "../../../scripts/make-vectors/token-frames.js";
import { concatBytes, utf8 } from "../../../src/core/bytes.js";
import { parseDer } from "../../../src/pki/der/der.js";
import * as der from "../../../src/pki/der/der-writer.js";
import { MESSAGE } from "../check.js";

export const MAX_TOKEN_BYTES = 65_536;
/** In a token, X.509 certificates. */
const MAX_CERTIFICATES = 16;

export const authority = sampleAuthority("Example TSA", 0x21);
const { key, rootKey } = authority;
const envelope = new Envelope(authority.stamp(MESSAGE));

/** What becomes of the token in check 9: the check's result, and the token's reason. */
export type Outcome = readonly [result: "passed" | "failed" | "not-run", reason: string];

export interface HostileToken {
  readonly outcome: Outcome;
  /** Of certificates that no other token has, so that none of them is known already. */
  make(): Uint8Array;
}

const COUNTED: Outcome = ["passed", "counted"];
const MALFORMED: Outcome = ["failed", "timestamp-malformed"];
/** Not even whose it claims to be can be read. */
const NOBODYS: Outcome = ["not-run", "timestamp-malformed"];

export function repeated(piece: Uint8Array, times: number): Uint8Array {
  const all = new Uint8Array(piece.length * times);
  for (let i = 0; i < times; i++) all.set(piece, i * piece.length);
  return all;
}

/** Inside each other, so often, with lengths of the indefinite form or of DER. */
function nested(
  tag: number,
  times: number,
  form: "indefinite" | "definite",
  core: Uint8Array = new Uint8Array(0),
) {
  if (form === "indefinite")
    return concatBytes(repeated(Uint8Array.of(tag, 0x80), times), core, repeated(Uint8Array.of(0, 0), times));
  let value: Uint8Array = core;
  // Lengths of three octets each: the same spelling at any depth, so that it is written from the inside in one go.
  const all = new Uint8Array(core.length + 5 * times);
  all.set(core, 5 * times);
  for (let i = times - 1; i >= 0; i--) {
    const length = value.length;
    all.set([tag, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff], 5 * i);
    value = all.subarray(5 * i);
  }
  return all;
}

/** As large as a token may be, with as many of the pieces as there is room for. */
function full(piece: Uint8Array, write: (pieces: Uint8Array) => Uint8Array): Uint8Array {
  // Lengths grow by up to three octets at each of eight levels.
  const room = MAX_TOKEN_BYTES - write(new Uint8Array(0)).length - 24;
  return write(repeated(piece, Math.floor(room / piece.length)));
}

const EMPTY = { sequence: der.sequence(), octets: der.octets(new Uint8Array(0)), null: der.nothing() };

let serialNumber = 1000;
interface Parts {
  readonly subject?: Uint8Array;
  readonly validity?: Uint8Array;
  readonly publicKey?: Uint8Array;
  readonly extensions?: readonly Uint8Array[];
  readonly serialNumber?: Uint8Array;
}
const NAME = { type: der.oid("2.5.4.3") };
const commonName = (value: Uint8Array) => der.sequence(NAME.type, value);
const nameOf = (text: string) => der.sequence(der.setOf(commonName(der.text(text))));

/** A certificate that says that the authority has signed it. It has not: whoever hands it in does not have that key. */
function pretended(parts: Parts): Uint8Array {
  const algorithm = rootKey.algorithm;
  const tbs = der.sequence(
    der.context(0, der.integer(2)),
    parts.serialNumber ?? der.integer(serialNumber++),
    algorithm,
    nameOf(authority.name),
    parts.validity ??
      der.sequence(der.x509Time("2026-01-01T00:00:00.000Z"), der.x509Time("2036-01-01T00:00:00.000Z")),
    parts.subject ?? nameOf("Example unit 2"),
    parts.publicKey ?? key.publicKey,
    der.context(3, der.sequence(extendedKeyUsage([TIME_STAMPING]), ...(parts.extensions ?? []))),
  );
  return der.sequence(tbs, algorithm, der.bits(new Uint8Array(70).fill(1)));
}

/** The true token with as many such certificates beside as may be there, and as there is room for. */
function beside(make: () => Uint8Array): Uint8Array {
  const certificates = [...envelope.certificates];
  for (let room = MAX_TOKEN_BYTES - envelope.write().length - 24; certificates.length < MAX_CERTIFICATES;) {
    const next = make();
    room -= next.length;
    if (room < 0) break;
    certificates.push(next);
  }
  return envelope.write({ certificates });
}

const relative = (...attributes: readonly Uint8Array[]) => der.tlv(0x31, ...attributes);
const utf8Time = (tag: number, text: string) => der.tlv(tag, utf8(text));
/** 64 bytes, one number. */
const LONG_OID = der.tlv(0x06, new Uint8Array(64).fill(0xff, 0, 63));

const CERTIFICATES: Readonly<Record<string, () => Parts>> = {
  "names of many parts": () => ({
    subject: der.sequence(...Array.from({ length: 165 }, () => relative(commonName(der.text("x"))))),
  }),
  "names of thousands of parts": () => ({
    subject: der.sequence(...Array.from({ length: 1_000 }, () => relative(commonName(der.text("x"))))),
  }),
  "names of one part of many attributes": () => ({
    subject: der.sequence(
      relative(repeated(der.sequence(der.tlv(0x06, Uint8Array.of(0x2a)), der.text("")), 250)),
    ),
  }),
  "names with many values in one": () => ({
    subject: der.sequence(relative(commonName(der.tlv(0x30, repeated(der.integer(5), 640))))),
  }),
  "names of long object identifiers": () => ({
    subject: der.sequence(
      ...Array.from({ length: 26 }, () => relative(der.sequence(LONG_OID, der.text("")))),
    ),
  }),
  "times of many digits": () => ({
    validity: der.sequence(utf8Time(0x18, `20260101000000.${"1".repeat(1_400)}Z`), utf8Time(0x17, "1".repeat(1_400))), // prettier-ignore
  }),
  "serial numbers of many bytes": () => ({ serialNumber: der.tlv(0x02, new Uint8Array(3_000).fill(++serialNumber & 0x7f || 1)) }), // prettier-ignore
  "keys with many parameters": () => ({
    publicKey: der.sequence(
      der.sequence(der.oid("1.2.840.10045.2.1"), der.sequence(repeated(EMPTY.null, 900))),
      der.bits(new Uint8Array(900)),
    ),
  }),
  "a hundred extensions": () => ({
    extensions: Array.from({ length: 100 }, (_, i) => extension(`1.2.3.4.${i}`, der.nothing())),
  }),
  "a path length of many bytes": () => ({
    extensions: [
      extension(
        "2.5.29.19",
        der.sequence(der.boolean(true), der.tlv(0x02, new Uint8Array(2_000).fill(0x7f))),
      ),
    ],
  }),
  "basicConstraints of many values": () => ({
    extensions: [extension("2.5.29.19", der.sequence(repeated(der.integer(5), 650)))],
  }),
  "a keyUsage of thousands of bits": () => ({
    extensions: [extension("2.5.29.15", der.bits(new Uint8Array(2_000).fill(0xff)))],
  }),
  "a keyUsage of many values": () => ({
    extensions: [extension("2.5.29.15", der.sequence(repeated(der.integer(5), 650)))],
  }),
};

/** Its only extension, in place of the one that `pretended` writes. */
const manyPurposes = (): Uint8Array => {
  const purposes = extension("2.5.29.37", der.sequence(repeated(der.oid("1.2.3"), 500)));
  return makeCertificate({
    ...{ subject: "Example unit 2", issuer: authority.name, key, serialNumber: serialNumber++ },
    issuerKey: { ...rootKey, sign: () => new Uint8Array(70).fill(1) },
    extensions: [purposes],
  });
};

/** One thing as often as there is room for it, in each place where a token has room for it. */
const FRAMES: Readonly<Record<string, readonly [Outcome, () => Uint8Array]>> = {
  "sequences in each other, 10,000 deep": [NOBODYS, () => nested(0x30, 10_000, "indefinite")],
  "octet strings in each other, 10,000 deep": [NOBODYS, () => nested(0x24, 10_000, "indefinite")],
  "sequences in each other, 10,000 deep, in DER": [NOBODYS, () => nested(0x30, 10_000, "definite")],
  "content in pieces in each other, 10,000 deep": [
    MALFORMED,
    () => envelope.write({ content: nested(0x24, 10_000, "indefinite") }),
  ],
  "content in pieces in each other, 10,000 deep, of definite lengths": [
    MALFORMED,
    () => envelope.write({ content: nested(0x24, 10_000, "definite") }),
  ],
  "attributes in each other, 10,000 deep": [
    MALFORMED,
    () => envelope.write({ attributes: [nested(0x30, 10_000, "indefinite")] }),
  ],
  "unsigned attributes in each other, 10,000 deep": [
    MALFORMED,
    () => envelope.write({ unsigned: [nested(0x30, 10_000, "indefinite")] }),
  ],
  "revocation values in each other, 10,000 deep": [
    MALFORMED,
    () => envelope.write({ revocations: [nested(0x30, 10_000, "indefinite")] }),
  ],
  "revocation values in each other, 10,000 deep, of definite lengths": [
    COUNTED,
    () => envelope.write({ revocations: [nested(0x30, 10_000, "definite")] }),
  ],
  "thousands of sequences, 24 deep, of indefinite lengths": [
    MALFORMED,
    () =>
      full(Uint8Array.of(0x31, 0x80, 0, 0), (pieces) =>
        envelope.write({ attributes: [nested(0x31, 24, "indefinite", pieces)] }),
      ),
  ],
  "content in thousands of pieces": [
    MALFORMED,
    () => full(EMPTY.octets, (pieces) => envelope.write({ content: der.tlv(0x24, pieces) })),
  ],
  "content in thousands of pieces, 24 deep": [
    MALFORMED,
    () =>
      full(Uint8Array.of(0x24, 0x80, 0, 0), (pieces) =>
        envelope.write({ content: nested(0x24, 24, "indefinite", pieces) }),
      ),
  ],
  "a signature in thousands of pieces": [
    ["failed", "timestamp-signature-invalid"],
    () => full(EMPTY.octets, (pieces) => envelope.write({ signature: der.tlv(0x24, pieces) })),
  ],
  "a signature of 65,000 bytes": [
    ["failed", "timestamp-signature-invalid"],
    () => full(Uint8Array.of(1), (pieces) => envelope.write({ signature: der.octets(pieces) })),
  ],
  "thousands of attributes that are none": [
    MALFORMED,
    () => full(EMPTY.sequence, (pieces) => envelope.write({ attributes: [pieces] })),
  ],
  "thousands of values of an attribute": [
    MALFORMED,
    () => full(EMPTY.null, (pieces) => envelope.write({ attributes: [der.sequence(der.oid("1.2.3"), der.tlv(0x31, pieces))] })), // prettier-ignore
  ],
  "thousands of attributes, signed": [
    MALFORMED,
    () =>
      authority.stamp(MESSAGE, {
        moreAttributes: Array.from({ length: 2_000 }, (_, i) => attribute(`1.2.3.4.${i}`, der.nothing())),
      }),
  ],
  "a thousand attributes, signed": [
    COUNTED,
    () =>
      authority.stamp(MESSAGE, {
        moreAttributes: Array.from({ length: 1_000 }, (_, i) => attribute(`1.2.3.4.${i}`, der.nothing())),
      }),
  ],
  "thousands of unsigned attributes": [
    COUNTED,
    () =>
      full(der.sequence(der.tlv(0x06), der.tlv(0x31)), (pieces) => envelope.write({ unsigned: [pieces] })),
  ],
  "thousands of certificates that are none": [
    MALFORMED,
    () =>
      full(EMPTY.sequence, (pieces) => envelope.write({ certificates: [...envelope.certificates, pieces] })),
  ],
  "thousands of certificates that are none, and none that is": [
    NOBODYS,
    () => full(EMPTY.sequence, (pieces) => envelope.write({ certificates: [pieces] })),
  ],
  "thousands of other certificates beside": [
    COUNTED,
    () =>
      full(der.context(2), (pieces) => envelope.write({ certificates: [...envelope.certificates, pieces] })),
  ],
  "thousands of revocation values": [
    COUNTED,
    () => full(EMPTY.sequence, (pieces) => envelope.write({ revocations: [pieces] })),
  ],
  "thousands of signers": [
    MALFORMED,
    () => {
      const one = envelope.write();
      const signer = parseDer(one).children[1]?.children[0]?.children.at(-1)?.children[0]?.bytes ?? one;
      const before = one.subarray(0, one.length - signer.length);
      return full(signer, (pieces) => withSigners(before, concatBytes(signer, pieces)));
    },
  ],
  "thousands of digest algorithms": [
    MALFORMED,
    () =>
      full(der.sequence(der.tlv(0x06, Uint8Array.of(0x2a))), (pieces) =>
        envelope.write({ digestAlgorithms: [pieces] }),
      ),
  ],
  "a type of 65,000 bytes, one number": [
    NOBODYS,
    () => full(Uint8Array.of(0xff), (pieces) => der.sequence(der.tlv(0x06, pieces, Uint8Array.of(0x7f)))),
  ],
  "a type of 65,000 numbers": [
    NOBODYS,
    () => full(Uint8Array.of(0x01), (pieces) => der.sequence(der.tlv(0x06, pieces))),
  ],
  "a digest algorithm of 64,000 bytes, one number": [
    MALFORMED,
    () =>
      full(Uint8Array.of(0xff), (pieces) =>
        envelope.write({ digestAlgorithms: [der.sequence(der.tlv(0x06, pieces, Uint8Array.of(0x7f)))] }),
      ),
  ],
  "a nonce of 64,000 bytes": [COUNTED, () => withInfo((pieces) => der.tlv(0x02, pieces))],
  "an accuracy of a number of 64,000 bytes": [
    COUNTED,
    () => withInfo((pieces) => der.sequence(der.tlv(0x02, pieces))),
  ],
  "a thousand critical extensions of the content": [
    ["not-run", "timestamp-unsupported"],
    () =>
      authority.stamp(MESSAGE, {
        moreInfo: [der.context(1, ...Array.from({ length: 800 }, () => der.sequence(LONG_OID, der.boolean(true), EMPTY.octets)))], // prettier-ignore
      }),
  ],
  "thousands of values in the content": [
    MALFORMED,
    () => authority.stamp(MESSAGE, { moreInfo: [der.context(0, repeated(EMPTY.null, 5_000))] }),
  ],
  "a thousand names of certificates": [
    ["failed", "timestamp-certificate-mismatch"],
    () => {
      const id = der.sequence(der.octets(new Uint8Array(32)));
      const ids = der.sequence(der.sequence(repeated(id, 1_500)));
      return authority.stamp(MESSAGE, { signingCertificate: attribute("1.2.840.113549.1.9.16.2.47", ids) });
    },
  ],
  "a certificate of a thousand critical extensions": [
    ["failed", "timestamp-chain-invalid"],
    () => {
      const unknown = Array.from({ length: 780 }, (_, i) =>
        der.sequence(
          der.tlv(0x06, Uint8Array.of(...LONG_OID.subarray(2, 62), 0xc0 | (i >> 7), 0x80 | (i & 0x7f), 0x01)),
          der.boolean(true),
          EMPTY.octets,
        ),
      );
      const unit = makeCertificate({
        ...{ subject: "Example unit 2", issuer: authority.name, key, issuerKey: rootKey, serialNumber: 2 },
        extensions: [...forTokens, ...unknown],
      });
      return authority.stamp(MESSAGE, { x509Certificate: unit, serialNumber: 2 });
    },
  ],
  "certificates of many purposes": [COUNTED, () => beside(manyPurposes)],
};

const withInfo = (write: (pieces: Uint8Array) => Uint8Array): Uint8Array =>
  full(Uint8Array.of(0x7f), (pieces) =>
    authority.stamp(MESSAGE, { moreInfo: [write(concatBytes(Uint8Array.of(0x7f), pieces))] }),
  );

/** The token up to its only signer, with these in his place. */
function withSigners(before: Uint8Array, signers: Uint8Array): Uint8Array {
  const [type, explicit] = parseDer(envelope.write()).children;
  const fields = explicit?.children[0]?.children.slice(0, -1) ?? [];
  if (type === undefined || fields.length === 0 || before.length === 0) throw new Error("no token");
  const signedData = der.sequence(...fields.map(({ bytes }) => bytes), der.tlv(0x31, signers));
  return der.sequence(type.bytes, der.context(0, signedData));
}

const forTokens = [extendedKeyUsage([TIME_STAMPING])];

export const hostileTokens: readonly (readonly [what: string, token: HostileToken])[] = [
  ...Object.entries(FRAMES).map(([what, [outcome, make]]) => [what, { outcome, make }] as const),
  ...Object.entries(CERTIFICATES).map(
    ([what, parts]) =>
      [
        `certificates beside, with ${what}`,
        { outcome: COUNTED, make: () => beside(() => pretended(parts())) },
      ] as const,
  ),
];

interface Named {
  readonly name: string;
  readonly key: SigningKey;
}

const issue = (subject: Named, issuer: Named): Uint8Array =>
  makeCertificate({
    ...{ subject: subject.name, key: subject.key, issuer: issuer.name, issuerKey: issuer.key },
    ...{ serialNumber: serialNumber++, extensions: [basicConstraints(true)] },
  });

const at = (i: number): Named => ({ name: `Example maze ${i}`, key: ecKey(0x80 + i) });
const up = (count: number, one: (i: number) => Uint8Array) => Array.from({ length: count }, (_, i) => one(i));

/**
 * Certificates in which a search by names loses its way, and for whom an authority would have to be named. All that they say
 * of each other is signed by the right key, so that no signature ends the search.
 */
const MAZES: Readonly<Record<string, () => { readonly others: Uint8Array[]; readonly top: Named }>> = {
  "a circle: fifteen of one name and one key, each issued by each": () => ({
    others: up(15, () => issue(at(0), at(0))),
    top: at(0),
  }),
  "a ring: fifteen names, the last issued by the first": () => ({
    others: up(15, (i) => issue(at(i), at((i + 1) % 15))),
    top: at(6),
  }),
  "diamonds: six names, two certificates each": () => ({
    others: up(12, (i) => issue(at(i >> 1), at((i >> 1) + 1))),
    top: at(6),
  }),
  "diamonds of five: three names, five certificates each": () => ({
    others: up(15, (i) => issue(at(Math.floor(i / 5)), at(Math.floor(i / 5) + 1))),
    top: at(3),
  }),
};

export interface Maze {
  readonly token: Uint8Array;
  /** Of the name to which the maze leads, and of another key: nothing hangs below it. */
  readonly strangers: Uint8Array;
  /** In whose name and by whose key the maze was issued, and which was valid no longer then: no path holds. */
  readonly expired: Uint8Array;
}

/** In each its signer's certificate is issued by the first of the maze. */
export const mazes: readonly (readonly [what: string, make: () => Maze])[] = Object.entries(MAZES).map(
  ([what, make]) => [what, () => mazeOf(make())],
);

function mazeOf({ others, top }: { readonly others: readonly Uint8Array[]; readonly top: Named }): Maze {
  const [first, unitSerial] = [at(0), serialNumber++];
  const unit = makeCertificate({
    ...{ subject: "Example unit 5", key, issuer: first.name, issuerKey: first.key },
    ...{ serialNumber: unitSerial, extensions: forTokens },
  });
  const anchor = { subject: top.name, issuer: top.name, extensions: [basicConstraints(true)] };
  return {
    token: authority.stamp(MESSAGE, {
      ...{ x509Certificate: unit, issuer: first.name, serialNumber: unitSerial },
      certificates: [unit, ...others],
    }),
    strangers: makeCertificate({ ...anchor, key: rootKey, issuerKey: rootKey }),
    expired: makeCertificate({
      ...{ ...anchor, key: top.key, issuerKey: top.key },
      ...{ notBefore: "2020-01-01T00:00:00.000Z", notAfter: "2026-02-01T00:00:00.000Z" },
    }),
  };
}
