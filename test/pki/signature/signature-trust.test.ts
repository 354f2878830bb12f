/** Under whom a certificate was signed, for what and when: each reason to refuse it by its own code. */
import { describe, expect, it } from "@jest/globals";
import { sha512 } from "@noble/hashes/sha2.js";
import * as tsa from "../../../scripts/make-vectors/timestamp-authority.js";
import * as der from "../../../src/pki/der/der-writer.js";
import { encodeDetachedCms } from "../../../src/pki/signature/detached-cms.js";
import {
  encodeDetachedSignature,
  parseDetachedCms,
  signatureValueOf,
} from "../../../src/pki/signature/detached-signature.js";
import { UNDECIDED_SIGNATURES } from "../../../src/core/verify/report.js";
import { signerFacts } from "../../../src/pki/signature/document-signer.js";
import { tightToken } from "../../../src/pki/timestamps/tight-token.js";
import { parseX509Certificate } from "../../../src/pki/x509/x509-certificate.js";
import { verifyX509Signature } from "../../../src/platform/keys/x509-signature.js";
import { generateX509Key } from "../../../src/platform/keys/x509-keys.js";
import {
  foreignKey,
  judge,
  makeChain,
  makeSigner,
  MESSAGE_DIGEST,
  question,
  signature,
  type Trust,
  writeCms,
} from "../signing-chain.js";

const chain = makeChain("ecdsa-p256");
const { root, signer } = chain;
const cms = signature(chain);
const trust: Trust = { authorities: [root.bytes] };
const [rootKey, key] = [foreignKey(root), foreignKey(signer)];

const EMAIL = "1.3.6.1.5.5.7.3.4";
const keyUsage = (bits: number, unused: number) =>
  tsa.extension("2.5.29.15", der.bits(Uint8Array.of(bits), unused));
const SIGN = keyUsage(0x80, 7);

const sign = (...certificates: Uint8Array[]) =>
  encodeDetachedSignature({ messageDigest: MESSAGE_DIGEST, certificates, sign: signer.sign });

/** A certificate of the signer's key that differs in this. */
const certificate = (options: Partial<tsa.CertificateOptions> = {}) =>
  tsa.makeCertificate({
    subject: "Example Signer 2",
    issuer: "Example Root",
    ...{ key, issuerKey: rootKey, serialNumber: 2, extensions: [SIGN] },
    ...options,
  });
const under = (options: Partial<tsa.CertificateOptions>, trusted = trust) =>
  judge(question(sign(certificate(options)), trusted));
const withExtensions = (...extensions: Uint8Array[]) => under({ extensions });
const purpose = "certificate-signer-purpose";
const chainInvalid = "certificate-chain-invalid";
const isValid = expect.objectContaining({ authority: expect.anything() });

describe("the signer's X.509 certificate", () => {
  it("may be used for signatures, and is no authority's", () => {
    expect(withExtensions(SIGN)).toEqual(isValid);
    expect(withExtensions(keyUsage(0x40, 6))).toEqual(isValid);
    expect(withExtensions(keyUsage(0xc0, 6))).toEqual(isValid);
    expect(withExtensions()).toBe(purpose);
    expect(withExtensions(keyUsage(0x20, 5))).toBe(purpose);
    expect(withExtensions(keyUsage(0x84, 2))).toBe(purpose);
    expect(withExtensions(SIGN, tsa.basicConstraints(true))).toBe(purpose);
    expect(withExtensions(SIGN, tsa.basicConstraints(false))).toEqual(isValid);
    // An authority of the trust file that signs documents itself.
    const byRoot = { messageDigest: MESSAGE_DIGEST, certificates: [root.bytes], sign: root.sign };
    expect(judge(question(encodeDetachedSignature(byRoot), trust))).toBe(purpose);
  });

  it("may be for documents, or for anything", () => {
    const of = (...oids: string[]) => withExtensions(SIGN, tsa.extendedKeyUsage(oids, false));
    for (const oid of [
      "1.3.6.1.5.5.7.3.36",
      EMAIL,
      "1.2.840.113583.1.1.5",
      "1.3.6.1.4.1.311.10.3.12",
      "2.5.29.37.0",
    ])
      expect(of("1.3.6.1.5.5.7.3.1", oid)).toEqual(isValid);
    expect(of("1.3.6.1.5.5.7.3.1")).toBe(purpose);
    expect(of(tsa.TIME_STAMPING)).toBe(purpose);
  });

  it("has a key that is strong enough, and of a kind that is known", () => {
    expect(() => generateX509Key("rsa-1024" as "rsa-2048")).toThrow("1024 bits");
    const weak = der.sequence(
      der.sequence(der.oid("1.2.840.113549.1.1.1"), der.nothing()),
      der.bits(der.sequence(der.unsignedInteger(new Uint8Array(128).fill(0xc1)), der.integer(65537))),
    );
    const bytes = certificate({ key: { ...key, publicKey: weak } });
    expect(judge(question(writeCms({ signer, certificates: [bytes] }), trust))).toBe(
      "certificate-signature-unsupported",
    );
  });

  it("says by noRevAvail that it can't be revoked, which no authority may", () => {
    const noRevocation = (isCritical: boolean, value = der.nothing()) =>
      tsa.extension("2.5.29.56", value, isCritical);
    expect(withExtensions(SIGN, noRevocation(false))).toMatchObject({ signer: { noRevocation: true } });
    expect(withExtensions(SIGN)).toMatchObject({ signer: { noRevocation: false } });
    expect(withExtensions(SIGN, noRevocation(true))).toBe(chainInvalid);
    expect(() => withExtensions(SIGN, noRevocation(false, der.boolean(true)))).toThrow("noRevAvail");
    const authority = tsa.makeCertificate({
      ...{ subject: "Example Root", issuer: "Example Root", key: rootKey, issuerKey: rootKey },
      extensions: [tsa.basicConstraints(true), tsa.keyUsage("certify"), noRevocation(false)],
    });
    expect(judge(question(cms, { authorities: [authority] }))).toBe(chainInvalid);
  });
});

describe("the time", () => {
  const time = "certificate-signer-time";

  it("is the claimed one, both ends of the validity included", () => {
    expect(under({ notAfter: "2026-11-24T08:00:03.000Z" })).toEqual(isValid);
    expect(under({ notAfter: "2026-11-24T08:00:02.000Z" })).toBe(time);
    expect(under({ notBefore: "2026-11-24T08:00:03.000Z" })).toEqual(isValid);
    expect(under({ notBefore: "2026-11-24T08:00:04.000Z" })).toBe(time);
    expect(judge({ ...question(cms, trust), claimedAtMs: Date.parse("2037-01-01T00:00:00.000Z") })).toBe(
      time,
    );
  });

  it("is the token's where one is there: what was claimed decides nothing then", () => {
    const authority = tsa.sampleAuthority("Example TSA", 0x51);
    const trusted = { ...trust, timestampAuthorities: [authority.root] };
    const short = sign(certificate({ notAfter: "2026-11-24T08:00:03.000Z" }));
    const at = (genTime: string) =>
      judge(question(attach(short, authority.stamp(signatureValueOf(short), { genTime })), trusted));
    expect(at("2026-11-24T08:00:03.900Z")).toMatchObject({ judgedBy: "token" });
    expect(at("2026-11-24T08:00:04.000Z")).toBe(time);
    const later = {
      ...question(attach(short, authority.stamp(signatureValueOf(short))), trusted),
      claimedAtMs: 0,
    };
    expect(judge(later)).toMatchObject({ judgedBy: "token" });
  });
});

describe("the path to the authority", () => {
  const middle = makeSigner("ecdsa-p256", "authority", "Example Middle", root);
  const leaf = (options: Partial<tsa.CertificateOptions> = {}) =>
    certificate({ issuer: "Example Middle", issuerKey: foreignKey(middle), ...options });

  /** Through an authority between that differs in this. */
  const through = (extensions: readonly Uint8Array[], more: Partial<tsa.CertificateOptions> = {}) => {
    const between = tsa.makeCertificate({
      ...{ subject: "Example Middle", issuer: "Example Root", key: foreignKey(middle), issuerKey: rootKey },
      ...more,
      extensions,
    });
    return judge(question(sign(leaf(), between), { authorities: [anyLength] }));
  };
  /** The demonstration's own root allows nothing between. */
  const anyLength = tsa.makeCertificate({
    ...{ subject: "Example Root", issuer: "Example Root", key: rootKey, issuerKey: rootKey },
    extensions: [tsa.basicConstraints(true), tsa.keyUsage("certify")],
  });
  const CA = tsa.basicConstraints(true);

  it("leads through those that may issue", () => {
    expect(through([CA, tsa.keyUsage("certify")])).toMatchObject({
      authority: { commonName: "Example Root" },
    });
    expect(through([CA, tsa.extendedKeyUsage([EMAIL])])).toEqual(isValid);
    expect(through([])).toBe(chainInvalid);
    expect(through([CA, tsa.keyUsage("sign")])).toBe(chainInvalid);
    expect(through([CA, tsa.extendedKeyUsage(["1.3.6.1.5.5.7.3.1"])])).toBe(chainInvalid);
    expect(through([CA, tsa.extension("2.5.29.30", der.sequence())])).toBe(chainInvalid);
    expect(through([CA], { issuerKey: key })).toBe(chainInvalid);
    expect(through([CA], { notAfter: "2026-02-01T00:00:00.000Z" })).toBe("certificate-signer-time");
  });

  it("is as short as the authority says", () => {
    expect(judge(question(sign(leaf(), middle.bytes), { authorities: [root.bytes] }))).toBe(chainInvalid);
  });

  it("may end at an authority between, or have the root with it", () => {
    expect(judge(question(sign(leaf(), middle.bytes), { authorities: [middle.bytes] }))).toMatchObject({
      authority: { commonName: "Example Middle" },
    });
    expect(judge(question(sign(leaf()), { authorities: [middle.bytes] }))).toEqual(isValid);
    expect(judge(question(sign(signer.bytes, root.bytes), trust))).toEqual(isValid);
  });

  it("must lead to an authority that the trust file names", () => {
    const stranger = makeSigner("ecdsa-p256", "authority", "Example Stranger");
    const namesake = makeSigner("ecdsa-p256", "authority", "Example Root");
    expect(judge(question(cms, { authorities: [stranger.bytes] }))).toBe("certificate-authority-unknown");
    expect(judge(question(sign(leaf()), trust))).toBe("certificate-authority-unknown");
    expect(judge(question(cms, { authorities: [namesake.bytes] }))).toBe(chainInvalid);
    expect(judge(question(cms, { authorities: [namesake.bytes, root.bytes] }))).toEqual(isValid);
    expect(judge(question(cms, {}))).toBe("certificate-authorities-none");
  });

  it("has no critical extension left unread", () => {
    expect(withExtensions(SIGN, tsa.extension("1.2.3.4", der.nothing()))).toBe(chainInvalid);
    expect(withExtensions(SIGN, tsa.extension("1.2.3.4", der.nothing(), false))).toEqual(isValid);
  });
});

/** Any bytes as the token, without asking whether they are of this signature. */
const attach = (whole: Uint8Array, token: Uint8Array): Uint8Array =>
  encodeDetachedCms({ ...parseDetachedCms(whole), token });

describe("the token", () => {
  const authority = tsa.sampleAuthority("Example TSA", 0x61);
  const trusted = { ...trust, timestampAuthorities: [authority.root] };
  const value = signatureValueOf(cms);
  const judged = (token: Uint8Array, given: Trust = trusted) => judge(question(attach(cms, token), given));
  const stamp = (overrides: Partial<tsa.TokenOptions> = {}) => authority.stamp(value, overrides);
  const invalid = "certificate-timestamp-invalid";

  it("is of this signature, by SHA-256", () => {
    expect(judged(stamp())).toMatchObject({ judgedBy: "token" });
    expect(judged(authority.stamp("other bytes"))).toBe(invalid);
    const imprint = der.sequence(der.sequence(der.oid("2.16.840.1.101.3.4.2.3")), der.octets(sha512(value)));
    expect(judged(stamp({ imprint }))).toBe(invalid);
  });

  it("is one, and of an authority that the trust file names", () => {
    const stranger = tsa.sampleAuthority("Example Stranger", 0x71);
    expect(judged(der.sequence())).toBe(invalid);
    expect(judged(stamp(), { ...trust, timestampAuthorities: [stranger.root] })).toBe(
      "certificate-timestamp-unknown",
    );
    expect(judged(stamp(), trust)).toBe("certificate-timestamp-unknown");
    expect(judged(stamp({ certificates: [] }))).toBe("certificate-timestamp-unknown");
    expect(judged(stamp({ key: stranger.key }))).toBe(invalid);
    expect(judged(stamp({ genTime: "2037-01-01T00:00:00.000Z" }))).toBe(invalid);
  });

  it("is not what hides that something is wrong", () => {
    const unknown = { ...question(attach(cms, stamp()), trust), claimedAtMs: 0 };
    expect(judge(unknown)).toBe("certificate-signer-time");
    const nobody = question(attach(cms, stamp()), { timestampAuthorities: [] });
    expect(UNDECIDED_SIGNATURES.has(judge(nobody) as string)).toBe(true);
  });

  it("is cut to what is signed before it goes in", () => {
    const [stranger, message] = [tsa.sampleAuthority("Example Stranger", 0x71), value];
    const anchors = [parseX509Certificate(authority.root)];
    const asked = { message, anchors, apartFrom: [], verify: verifyX509Signature };
    const loose = stamp({
      certificates: [stranger.root, authority.x509Certificate, authority.root],
      unsignedAttributes: tsa.attribute("1.2.3.4", der.nothing()),
    });
    expect(judged(loose)).toBe(invalid);
    expect(judged(tightToken(loose, asked))).toMatchObject({ judgedBy: "token" });
    expect(tightToken(stamp(), asked)).toEqual(stamp());
    expect(() => tightToken(authority.stamp("other bytes"), asked)).toThrow("of other bytes");
    expect(() => tightToken(stamp(), { ...asked, anchors: [] })).toThrow("no chain");
  });

  it("carries nothing that nobody signed", () => {
    const [{ x509Certificate, root: tsaRoot }, stranger] = [
      authority,
      tsa.sampleAuthority("Example Stranger", 0x71),
    ];
    expect(judged(stamp({ certificates: [x509Certificate, tsaRoot] }))).toMatchObject({ judgedBy: "token" });
    expect(judged(stamp({ certificates: [x509Certificate, stranger.root] }))).toBe(invalid);
    expect(judged(stamp({ certificates: [x509Certificate, x509Certificate] }))).toBe(invalid);
    expect(judged(stamp({ unsignedAttributes: tsa.attribute("1.2.3.4", der.nothing()) }))).toBe(invalid);
  });
});

describe("authorities of time", () => {
  const time = makeSigner("ecdsa-p256", "authority", "Example Time Root");
  const issuing = [tsa.basicConstraints(true), tsa.keyUsage("certify")];
  const wideRoot = tsa.makeCertificate({
    ...{ subject: "Example Root", issuer: "Example Root", key: rootKey, issuerKey: rootKey },
    extensions: issuing,
  });
  const apart = { authorities: [wideRoot], timestampAuthorities: [time.bytes] };

  it("name no signer of documents", () => {
    const leaf = makeSigner("ecdsa-p256", "document-signer", "Example Signer 3", time);
    const signed = signature({ root: time, signer: leaf });
    expect(judge(question(signed, apart))).toBe("certificate-authority-unknown");
  });

  it("name none through an authority that has signed their key", () => {
    const crossSigned = tsa.makeCertificate({
      ...{ subject: "Example Time Root", issuer: "Example Root", key: foreignKey(time), issuerKey: rootKey },
      extensions: issuing,
    });
    const leaf = certificate({ issuer: "Example Time Root", issuerKey: foreignKey(time) });
    const signed = sign(leaf, crossSigned);
    expect(judge(question(signed, { authorities: [wideRoot] }))).toEqual(isValid);
    expect(judge(question(signed, apart))).toBe(chainInvalid);
  });

  it("have signers of their own, whose certificates are for nothing else", () => {
    expect(withExtensions(SIGN, tsa.extendedKeyUsage([EMAIL, tsa.TIME_STAMPING], false))).toBe(purpose);
  });
});

describe("signerFacts", () => {
  it("says how long the whole chain is valid, and refuses what no verifier would take at any time", () => {
    expect(signerFacts([signer.bytes]).notAfterMs).toBe(Date.parse("2035-12-31T23:59:59.000Z"));
    const short = certificate({ notAfter: "2026-12-01T00:00:00.000Z" });
    expect(signerFacts([short]).notAfterMs).toBe(Date.parse("2026-12-01T00:00:00.000Z"));
    expect(() => signerFacts([root.bytes])).toThrow("an authority's");
    expect(() => signerFacts([Uint8Array.of(1)])).toThrow();
  });
});
