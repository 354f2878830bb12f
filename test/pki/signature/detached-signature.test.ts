/** A certificate's signature: made and verified, by openssl too, and no longer valid when a bit of it is another. */
import { p256, p384 } from "@noble/curves/nist.js";
import { describe, expect, it } from "@jest/globals";
import { attribute, sampleAuthority } from "../../../scripts/make-vectors/timestamp-authority.js";
import { utf8 } from "../../../src/core/bytes.js";
import * as der from "../../../src/pki/der/der-writer.js";
import {
  encodeDetachedSignature,
  signatureValueOf,
  withSignatureTimestamp,
} from "../../../src/pki/signature/detached-signature.js";
import { DetachedSignatureError } from "../../../src/pki/signature/detached-signature-error.js";
import { withLowS } from "../../../src/pki/der/ecdsa-value.js";
import { verifyX509Signature as portable } from "../../../src/pki/der/portable-signature.js";
import {
  ALGORITHM,
  AT,
  type Chain,
  type CmsOptions,
  judge,
  makeChain,
  makeSigner,
  MESSAGE_DIGEST,
  question,
  signature,
  writeCms,
} from "../signing-chain.js";

const tsa = sampleAuthority("Example TSA", 0x41);
const CHAINS: Readonly<Record<string, Chain>> = {
  "RSA-2048": makeChain("rsa-2048"),
  "P-256": makeChain("ecdsa-p256"),
  "P-384": makeChain("ecdsa-p384"),
};
const [rsa, ecdsa] = [CHAINS["RSA-2048"], CHAINS["P-256"]] as [Chain, Chain];
const trusting = ({ root }: Chain) => ({ authorities: [root.bytes], timestampAuthorities: [tsa.root] });
const stamped = (cms: Uint8Array, overrides = {}) =>
  withSignatureTimestamp(cms, tsa.stamp(signatureValueOf(cms), overrides));

/** Every bit where it is cheap enough, else every thirteenth: a byte has eight. */
const EVERY_BIT = ["RSA-2048 with a token", "P-256 without a token", "P-256 with a token"];

describe.each(Object.entries(CHAINS))("a signature by %s", (name, chain) => {
  const cms = signature(chain);
  const trust = trusting(chain);

  it("is verified at the time that its maker claims, or a token proves", () => {
    expect(judge(question(cms, trust))).toMatchObject({
      signer: { commonName: "Example Signer", noRevocation: true },
      authority: { commonName: "Example Root" },
      judgedAtMs: AT,
      judgedBy: "claimed-time",
    });
    const verdict = judge(question(stamped(cms), trust));
    expect(verdict).toMatchObject({
      ...{ judgedBy: "token", judgedAtMs: Date.parse("2026-11-24T08:00:03.500Z") },
      timestamp: { authority: { commonName: "Example TSA" }, serialNumber: "4d" },
    });
  });

  it("is verified without a host's help too", () => {
    for (const one of [cms, stamped(cms)])
      expect(judge({ ...question(one, trust), verify: portable })).toMatchObject({
        authority: { commonName: "Example Root" },
      });
  });

  it("is of these bytes and no others", () => {
    const other = Uint8Array.from(MESSAGE_DIGEST, (byte, i) => (i === 31 ? byte ^ 1 : byte));
    expect(judge({ ...question(cms, trust), messageDigest: other })).toBe("certificate-signature-invalid");
  });

  it.each([
    ["without a token", cms],
    ["with a token", stamped(cms)],
  ])(
    "%s is not valid with any one bit turned",
    (which, whole) => {
      const asked = question(whole, trust);
      const valid: number[] = [];
      const step = EVERY_BIT.includes(`${name} ${which}`) ? 1 : 13;
      for (let bit = 0; bit < whole.length * 8; bit += step) {
        const altered = whole.slice();
        altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7));
        if (typeof judge({ ...asked, cms: altered }) !== "string") valid.push(bit);
      }
      expect(valid).toEqual([]);
      expect(typeof judge(asked)).toBe("object");
    },
    120_000,
  );
});

describe("encodeDetachedSignature", () => {
  it("makes the same bytes every time by RSA, and of ECDSA the lower s", () => {
    expect(signature(rsa)).toEqual(signature(rsa));
    for (const [curve, name] of [
      [p256, "P-256"],
      [p384, "P-384"],
    ] as const) {
      const { sign } = (CHAINS[name] as Chain).signer;
      for (let i = 0; i < 8; i++) {
        const low = curve.Signature.fromBytes(withLowS(sign(MESSAGE_DIGEST), name), "der");
        expect(low.hasHighS()).toBe(false);
        const high = new curve.Signature(low.r, curve.Point.Fn.ORDER - low.s).toBytes("der");
        expect(withLowS(high, name)).toEqual(low.toBytes("der"));
      }
    }
  });

  it("takes the chain in any order behind its first, and refuses what is none", () => {
    const [root, middle] = [rsa.root, makeSigner("ecdsa-p256", "authority", "Example Middle", rsa.root)];
    const signer = makeSigner("rsa-2048", "document-signer", "Example Signer", middle);
    const make = (...certificates: Uint8Array[]) =>
      encodeDetachedSignature({ messageDigest: MESSAGE_DIGEST, certificates, sign: signer.sign });
    expect(make(signer.bytes, root.bytes, middle.bytes)).toEqual(
      make(signer.bytes, middle.bytes, root.bytes),
    );
    expect(() => make(signer.bytes, root.bytes)).toThrow("no chain");
    expect(() => make()).toThrow("no X.509 certificate");
  });

  it("refuses a message digest of another length, and a sign that makes no signature", () => {
    const { signer } = ecdsa;
    const make = (more: object) =>
      encodeDetachedSignature({
        messageDigest: MESSAGE_DIGEST,
        certificates: [signer.bytes],
        sign: signer.sign,
        ...more,
      });
    expect(() => make({ messageDigest: new Uint8Array(20) })).toThrow("no SHA-256");
    expect(() => make({ sign: rsa.signer.sign })).toThrow(DetachedSignatureError);
    expect(() => make({ sign: () => der.sequence(der.integer(1), der.integer(0)) })).toThrow("out of range");
  });
});

describe("withSignatureTimestamp", () => {
  const cms = signature(rsa);

  it("adds one token of this signature, and no second", () => {
    const whole = stamped(cms);
    expect(signatureValueOf(whole)).toEqual(signatureValueOf(cms));
    expect(() => stamped(whole)).toThrow("has a token already");
    expect(() => withSignatureTimestamp(cms, tsa.stamp("other bytes"))).toThrow("not of this signature");
    expect(() => withSignatureTimestamp(cms, utf8("no token"))).toThrow();
  });
});

const malformed = "certificate-signature-malformed";
const forge = ({ signer }: Chain, more: Partial<CmsOptions>) =>
  writeCms({ signer, certificates: [signer.bytes], ...more });
const TOKEN = "1.2.840.113549.1.9.16.2.14";

describe("a CMS that is spelled otherwise", () => {
  const judged = (chain: Chain, more: Partial<CmsOptions>) =>
    judge(question(forge(chain, more), trusting(chain)));

  it("would be the same signature, and is refused", () => {
    for (const chain of [rsa, ecdsa]) expect(typeof judged(chain, {})).toBe("object");
    expect(forge(rsa, {})).toEqual(signature(rsa));
  });

  it.each<readonly [string, Chain, Partial<CmsOptions>]>([
    ["sha256WithRSAEncryption for rsaEncryption", rsa, { signatureAlgorithm: ALGORITHM.RSA }],
    [
      "rsaEncryption without its null",
      rsa,
      { signatureAlgorithm: der.sequence(der.oid("1.2.840.113549.1.1.1")) },
    ],
    [
      "SHA-256 with a null",
      rsa,
      { digestAlgorithm: der.sequence(der.oid("2.16.840.1.101.3.4.2.1"), der.nothing()) },
    ],
    [
      "a second digest algorithm",
      rsa,
      { digestAlgorithms: [ALGORITHM.SHA256, der.sequence(der.oid("2.16.840.1.101.3.4.2.2"))] },
    ],
    ["version 3", rsa, { version: 3 }],
    ["a signer of version 3", rsa, { signerVersion: 3 }],
    ["its content inside", rsa, { content: utf8("the bytes of a certificate") }],
    ["a revocation list", rsa, { revocationLists: der.sequence() }],
    ["a second signer", rsa, { moreSigners: [der.sequence(der.integer(1))] }],
    ["no certificates", rsa, { certificateSet: [] }],
    ["a certificate twice", rsa, { certificateSet: [rsa.signer.bytes, rsa.signer.bytes] }],
    ["a certificate of no chain", rsa, { certificateSet: [rsa.signer.bytes, tsa.root] }],
    ["something that is no certificate", rsa, { certificateSet: [rsa.signer.bytes, der.sequence()] }],
    [
      "a signing time",
      rsa,
      { moreAttributes: [attribute("1.2.840.113549.1.9.5", der.x509Time("2026-11-24T08:00:00.000Z"))] },
    ],
    [
      "no signed attributes but one",
      rsa,
      { attributes: [attribute("1.2.840.113549.1.9.3", der.oid("1.2.840.113549.1.7.1"))] },
    ],
    ["another unsigned attribute", rsa, { unsignedAttributes: [attribute("1.2.3.4", der.nothing())] }],
    [
      "two tokens",
      rsa,
      { unsignedAttributes: [der.sequence(der.oid(TOKEN), der.setOf(der.integer(1), der.integer(2)))] },
    ],
    ["an RSA signature with a zero before it", rsa, { signature: (value) => Uint8Array.of(0, ...value) }],
    ["the higher s", ecdsa, { signature: (value) => highS(value) }],
    [
      "an ECDSA signature with something behind it",
      ecdsa,
      { signature: (value) => Uint8Array.of(...value, 0) },
    ],
  ])("%s", (_name, chain, more) => expect(judged(chain, more)).toBe(malformed));

  it("a second unsigned attribute, beside what is no token", () => {
    const unsignedAttributes = [attribute(TOKEN, der.nothing()), attribute("1.2.3.4", der.nothing())];
    expect(judged(rsa, { unsignedAttributes })).toBe("certificate-timestamp-invalid");
  });

  it("with bytes behind it, or a length of BER", () => {
    const cms = signature(rsa);
    const indefinite = Uint8Array.of(0x30, 0x80, ...cms.subarray(4), 0, 0);
    const padded = Uint8Array.of(0x30, 0x83, 0, ...cms.subarray(2));
    for (const other of [
      Uint8Array.of(...cms, 0),
      indefinite,
      padded,
      cms.subarray(0, -1),
      new Uint8Array(0),
    ])
      expect(judge(question(other, trusting(rsa)))).toBe(malformed);
    expect(judge(question(new Uint8Array(70_000), trusting(rsa)))).toBe(malformed);
  });

  it("lacks its signer, or was signed under another certificate", () => {
    const mismatch = "certificate-signer-mismatch";
    expect(judged(rsa, { certificateSet: [ecdsa.signer.bytes] })).toBe(mismatch);
    expect(judged(rsa, { sid: der.tlv(0x80, new Uint8Array(20)), signerVersion: 3 })).toBe(mismatch);
    // The root may be there, but only if the signature says so.
    expect(judged(rsa, { certificateSet: [rsa.signer.bytes, rsa.root.bytes] })).toBe(mismatch);
    expect(typeof judged(rsa, { certificates: [rsa.signer.bytes, rsa.root.bytes] })).toBe("object");
  });

  it("names another algorithm than the key is of", () => {
    for (const algorithm of ["2.16.840.1.101.3.4.2.2", "1.2.3"])
      expect(judged(rsa, { digestAlgorithm: der.sequence(der.oid(algorithm)) })).toBe(malformed);
    for (const algorithm of ["1.2.840.113549.1.1.10", "1.2.840.10045.4.3.2", "1.2.3"])
      expect(judged(rsa, { signatureAlgorithm: der.sequence(der.oid(algorithm)) })).toBe(malformed);
  });
});

function highS(value: Uint8Array): Uint8Array {
  const { r, s } = p256.Signature.fromBytes(withLowS(value, "P-256"), "der");
  return new p256.Signature(r, p256.Point.Fn.ORDER - s).toBytes("der");
}
