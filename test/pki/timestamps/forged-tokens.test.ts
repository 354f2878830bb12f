/** What a true authority would not sign, or somebody made of what it did: each refused by its own code. */
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha384 } from "@noble/hashes/sha2.js";
import { describe, expect, it } from "@jest/globals";
import * as der from "../../../src/pki/der/der-writer.js";
import {
  attribute,
  basicConstraints,
  type CertificateOptions,
  ecKey,
  extendedKeyUsage,
  extension,
  keyUsage,
  makeCertificate,
  pem,
  sampleAuthority,
  SHA256,
  signingCertificateV2,
  TIME_STAMPING,
  type TokenOptions,
} from "../../../scripts/make-vectors/timestamp-authority.js";
import { utf8 } from "../../../src/core/bytes.js";
import { sm3 } from "../../../src/core/digest/sm3.js";
import { timestampAuthorities } from "../../../src/pki/timestamps/check-timestamps.js";
import { check, judged, MESSAGE, trusting } from "../check.js";

const authority = sampleAuthority("Example TSA", 0x21);
const { key, rootKey, x509Certificate, root } = authority;
const token = (overrides: Partial<TokenOptions> = {}) => authority.stamp(MESSAGE, overrides);
const judge = (overrides: Partial<TokenOptions>) => judged(token(overrides), [authority.pem]);

/** A token under a certificate of the authority that differs in this. */
function under(
  options: Partial<CertificateOptions>,
  overrides: Partial<TokenOptions> = {},
): readonly string[] {
  const other = makeCertificate({
    subject: "Example unit 2",
    issuer: authority.name,
    key,
    issuerKey: rootKey,
    serialNumber: 2,
    extensions: [extendedKeyUsage([TIME_STAMPING])],
    ...options,
  });
  return judge({ x509Certificate: other, serialNumber: 2, ...overrides });
}

/** A token under `unit <- middle <- root`, the middle made so. */
function through(middle: Partial<CertificateOptions>, more: readonly Uint8Array[] = []): readonly string[] {
  const middleKey = ecKey(0x55);
  const between = makeCertificate({
    subject: "Example middle",
    issuer: authority.name,
    key: middleKey,
    issuerKey: rootKey,
    serialNumber: 3,
    extensions: [basicConstraints(true), keyUsage("certify")],
    ...middle,
  });
  const unit = makeCertificate({
    subject: "Example unit 3",
    issuer: "Example middle",
    key,
    issuerKey: middleKey,
    extensions: [extendedKeyUsage([TIME_STAMPING])],
  });
  return judge({ x509Certificate: unit, issuer: "Example middle", certificates: [unit, between, ...more] });
}

const malformed = ["failed", "timestamp-malformed"];
const purpose = ["failed", "timestamp-certificate-purpose"];
const time = ["failed", "timestamp-certificate-time"];
const chain = ["failed", "timestamp-chain-invalid"];
const mismatch = ["failed", "timestamp-certificate-mismatch"];
const unsupported = ["not-run", "timestamp-unsupported"];
const counted = ["passed", "counted"];

describe("the signer's X.509 certificate", () => {
  it("is for time-stamping alone, and says so critically", () => {
    expect(under({})).toEqual(counted);
    expect(under({ extensions: [] })).toEqual(purpose);
    expect(under({ extensions: [extendedKeyUsage(["1.3.6.1.5.5.7.3.1"])] })).toEqual(purpose);
    expect(under({ extensions: [extendedKeyUsage(["2.5.29.37.0"])] })).toEqual(purpose);
    expect(under({ extensions: [extendedKeyUsage([TIME_STAMPING, "1.3.6.1.5.5.7.3.1"])] })).toEqual(purpose);
    expect(under({ extensions: [extendedKeyUsage([TIME_STAMPING], false)] })).toEqual(purpose);
    expect(under({ extensions: [extendedKeyUsage([TIME_STAMPING]), keyUsage("certify")] })).toEqual(purpose);
  });

  it("is no authority's, whatever else it says, and its key is for signatures alone", () => {
    const forTokens = extendedKeyUsage([TIME_STAMPING]);
    const usage = (bits: number, unused: number) =>
      extension("2.5.29.15", der.bits(Uint8Array.of(bits), unused));
    expect(under({ extensions: [forTokens, basicConstraints(false)] })).toEqual(counted);
    expect(under({ extensions: [forTokens, basicConstraints(true)] })).toEqual(purpose);
    expect(under({ extensions: [forTokens, basicConstraints(true), keyUsage("sign")] })).toEqual(purpose);
    for (const [bits, unused] of [
      [0x80, 7],
      [0x40, 6],
      [0xc0, 6],
    ] as const)
      expect(under({ extensions: [forTokens, usage(bits, unused)] })).toEqual(counted);
    // keyCertSign or cRLSign beside digitalSignature; keyEncipherment.
    for (const [bits, unused] of [
      [0x84, 2],
      [0x86, 1],
      [0x82, 1],
      [0xa0, 5],
    ] as const)
      expect(under({ extensions: [forTokens, usage(bits, unused)] })).toEqual(purpose);
    // Nor where the trust file holds the very certificate.
    const authorityAsUnit = makeCertificate({
      subject: "Example unit 7",
      issuer: authority.name,
      key,
      issuerKey: rootKey,
      extensions: [forTokens, basicConstraints(true), keyUsage("sign")],
    });
    const asAnchor = token({ x509Certificate: authorityAsUnit });
    expect(judged(asAnchor, [pem(authorityAsUnit)])).toEqual(purpose);
  });

  it("is valid at genTime, both ends included", () => {
    const genTime = "2026-11-24T08:00:03.500Z";
    expect(under({ notAfter: "2026-11-24T08:00:03.000Z" }, { genTime })).toEqual(counted);
    expect(under({ notAfter: "2026-11-24T08:00:02.000Z" }, { genTime })).toEqual(time);
    expect(under({ notBefore: "2026-11-24T08:00:04.000Z" }, { genTime })).toEqual(time);
    expect(under({ notBefore: "2026-11-24T08:00:03.000Z" }, { genTime })).toEqual(counted);
    expect(judge({ genTime: "2037-01-01T00:00:00.000Z" })).toEqual(time);
  });

  it("is the one that the token's signed attributes name", () => {
    const other = makeCertificate({
      subject: "Example unit 1, renamed",
      issuer: authority.name,
      key,
      issuerKey: rootKey,
      extensions: [extendedKeyUsage([TIME_STAMPING])],
    });
    expect(judge({ signingCertificate: signingCertificateV2(other) })).toEqual(mismatch);
    expect(judge({ certificates: [other] })).toEqual(mismatch);
    // Both are there, of one serial number: the signed identifier decides.
    expect(judge({ certificates: [other, x509Certificate] })).toEqual(counted);
    expect(judge({ signingCertificate: null })).toEqual(malformed);
    expect(judge({ certificates: [] })).toEqual(["not-run", "timestamp-certificate-missing"]);
    expect(judge({ certificates: [root], serialNumber: 9 })).toEqual([
      "not-run",
      "timestamp-certificate-missing",
    ]);
  });

  it("may be named by SHA-1 (RFC 2634) and by both identifiers, which must then agree", () => {
    const v1 = (bytes: Uint8Array) =>
      attribute(
        "1.2.840.113549.1.9.16.2.12",
        der.sequence(der.sequence(der.sequence(der.octets(sha1(bytes))))),
      );
    expect(judge({ signingCertificate: v1(x509Certificate) })).toEqual(counted);
    expect(judge({ signingCertificate: v1(root) })).toEqual(mismatch);
    expect(judge({ moreAttributes: [v1(x509Certificate)] })).toEqual(counted);
    expect(judge({ moreAttributes: [v1(root)] })).toEqual(mismatch);
  });
});

describe("the path to the authority", () => {
  it("holds with one between", () => {
    expect(through({})).toEqual(counted);
    expect(through({}, [root])).toEqual(counted);
  });

  it("needs each certificate to be of an authority that may sign certificates", () => {
    expect(through({ extensions: [] })).toEqual(chain);
    expect(through({ extensions: [basicConstraints(false)] })).toEqual(chain);
    expect(through({ extensions: [basicConstraints(true), keyUsage("sign")] })).toEqual(chain);
    expect(
      through({ extensions: [basicConstraints(true), extendedKeyUsage(["1.3.6.1.5.5.7.3.1"])] }),
    ).toEqual(chain);
    expect(through({ notAfter: "2026-02-01T00:00:00.000Z" })).toEqual(time);
  });

  it("breaks at a signature of another key", () => {
    expect(through({ issuerKey: ecKey(0x56) })).toEqual(chain);
    expect(under({ issuerKey: ecKey(0x56) })).toEqual(chain);
  });

  it("is no longer than its authorities allow", () => {
    const root = (pathLength: number) =>
      pem(
        makeCertificate({
          subject: authority.name,
          issuer: authority.name,
          key: rootKey,
          issuerKey: rootKey,
          extensions: [basicConstraints(true, pathLength)],
        }),
      );
    expect(judged(token(), [root(0)])).toEqual(counted);
    const middleKey = ecKey(0x55);
    const chained = [
      { subject: "Example middle", issuer: authority.name, key: middleKey, issuerKey: rootKey, extensions: [basicConstraints(true)] }, // prettier-ignore
      { subject: "Example unit 4", issuer: "Example middle", key, issuerKey: middleKey, extensions: [extendedKeyUsage([TIME_STAMPING])] }, // prettier-ignore
    ].map(makeCertificate);
    const [, unit = x509Certificate] = chained;
    const long = token({ x509Certificate: unit, issuer: "Example middle", certificates: chained });
    expect(judged(long, [root(1)])).toEqual(counted);
    expect(judged(long, [root(0)])).toEqual(chain);
  });

  it("refuses what it must understand and does not", () => {
    const unknown = extension("1.2.3.4.5", der.nothing());
    expect(under({ extensions: [extendedKeyUsage([TIME_STAMPING]), unknown] })).toEqual(chain);
    expect(through({ extensions: [basicConstraints(true), unknown] })).toEqual(chain);
    expect(
      under({
        extensions: [extendedKeyUsage([TIME_STAMPING]), extension("1.2.3.4.5", der.nothing(), false)],
      }),
    ).toEqual(counted);
  });

  it("may end at the signer's own certificate, where the trust file holds that", () => {
    expect(judged(token(), [pem(x509Certificate)])).toEqual(counted);
  });

  it("is found also behind certificates that anybody put before it", () => {
    const [middleKey, strangerKey] = [ecKey(0x55), ecKey(0x66)];
    const issuing = [basicConstraints(true)];
    const middle = makeCertificate({ subject: "Example middle", issuer: authority.name, key: middleKey, issuerKey: rootKey, extensions: issuing }); // prettier-ignore
    const unit = makeCertificate({ subject: "Example unit 6", issuer: "Example middle", key, issuerKey: middleKey, extensions: [extendedKeyUsage([TIME_STAMPING])] }); // prettier-ignore
    const decoy = makeCertificate({ subject: "Example middle", issuer: "Example maze", key: middleKey, issuerKey: strangerKey, extensions: issuing }); // prettier-ignore
    const maze = Array.from(
      { length: 8 },
      (_, i) =>
      makeCertificate({ subject: "Example maze", issuer: "Example maze", key: strangerKey, issuerKey: strangerKey, serialNumber: i + 1, extensions: issuing }), // prettier-ignore
    );
    const behind = (...before: readonly Uint8Array[]) =>
      judged(
        token({ x509Certificate: unit, issuer: "Example middle", certificates: [unit, ...before, middle] }),
        [authority.pem],
      );
    expect(behind()).toEqual(counted);
    expect(behind(decoy, ...maze)).toEqual(counted);
  });

  it("ends, also in a maze of certificates of one name", () => {
    const keys = Array.from({ length: 14 }, (_, i) => ecKey(0x80 + i));
    const maze = keys.map((mazeKey, i) =>
      makeCertificate({
        subject: "Example maze",
        issuer: "Example maze",
        key: keys[(i + 1) % keys.length] ?? mazeKey,
        issuerKey: mazeKey,
        serialNumber: i + 1,
        extensions: [basicConstraints(true)],
      }),
    );
    const unit = makeCertificate({ subject: "Example unit 5", issuer: "Example maze", key, issuerKey: ecKey(0x80), extensions: [extendedKeyUsage([TIME_STAMPING])] }); // prettier-ignore
    const lost = token({ x509Certificate: unit, issuer: "Example maze", certificates: [unit, ...maze] });
    const anchor = makeCertificate({ subject: "Example maze", issuer: "Example maze", key: rootKey, issuerKey: rootKey, extensions: [basicConstraints(true)] }); // prettier-ignore
    expect(judged(lost, [pem(anchor)])).toEqual(chain);
    expect(judged(token({ certificates: [x509Certificate, ...maze, root, root] }), [authority.pem])).toEqual(
      malformed,
    );
  });
});

describe("authorities of document signers", () => {
  const signers = sampleAuthority("Example signers' root", 0x41);
  const apart = (token: Uint8Array, documentAuthority: Uint8Array) =>
    judged(token, [authority.pem], MESSAGE, [pem(documentAuthority)]);
  const issuing = [basicConstraints(true), keyUsage("certify")];

  it("make no token count by themselves", () => {
    expect(apart(token(), signers.root)).toEqual(counted);
    expect(apart(signers.stamp(MESSAGE), signers.root)).toEqual(["not-run", "authority-unknown"]);
  });

  it("tell no time through an authority of time that has signed their key, under any name", () => {
    for (const subject of [signers.name, "Example under another name"]) {
      const crossSigned = makeCertificate({ subject, issuer: authority.name, key: signers.rootKey, issuerKey: rootKey, extensions: issuing }); // prettier-ignore
      const unit = makeCertificate({ subject: "Example unit 8", issuer: subject, key, issuerKey: signers.rootKey, extensions: [extendedKeyUsage([TIME_STAMPING])] }); // prettier-ignore
      const stamped = token({ x509Certificate: unit, issuer: subject, certificates: [unit, crossSigned] });
      expect(judged(stamped, [authority.pem])).toEqual(counted);
      expect(apart(stamped, signers.root)).toEqual(chain);
      // The one between alone, below an authority of both.
      expect(apart(stamped, crossSigned)).toEqual(chain);
    }
  });

  it("sign no token by their own key", () => {
    const unit = makeCertificate({ subject: "Example unit 9", issuer: authority.name, key: signers.rootKey, issuerKey: rootKey, extensions: [extendedKeyUsage([TIME_STAMPING])] }); // prettier-ignore
    const stamped = token({ x509Certificate: unit, key: signers.rootKey });
    expect(judged(stamped, [authority.pem])).toEqual(counted);
    expect(apart(stamped, signers.root)).toEqual(chain);
  });

  it("have no key in common with those of time: such a trust file is broken", () => {
    const sameKey = makeCertificate({ subject: "Example second name", issuer: "Example second name", key: rootKey, issuerKey: rootKey, extensions: issuing }); // prettier-ignore
    for (const both of [root, sameKey])
      expect(() => apart(token(), both)).toThrow(expect.objectContaining({ code: "key-reused" }));
  });
});

describe("the content", () => {
  it("is over the message, by SHA-256, SHA-384 or SHA-512", () => {
    const imprint = (oid: string, digest: Uint8Array) =>
      der.sequence(der.sequence(der.oid(oid)), der.octets(digest));
    expect(judge({ imprint: imprint("2.16.840.1.101.3.4.2.2", sha384(MESSAGE)) })).toEqual(counted);
    expect(judge({ imprint: imprint("2.16.840.1.101.3.4.2.1", sha384(MESSAGE)) })).toEqual([
      "failed",
      "timestamp-imprint-mismatch",
    ]);
    expect(judge({ imprint: imprint("1.2.156.10197.1.401", sm3(MESSAGE)) })).toEqual(counted);
    expect(judge({ imprint: imprint("1.2.156.10197.1.401", sha256(MESSAGE)) })).toEqual([
      "failed",
      "timestamp-imprint-mismatch",
    ]);
    expect(judge({ imprint: imprint("1.3.14.3.2.26", sha1(MESSAGE)) })).toEqual(unsupported);
    expect(judge({ message: utf8("other bytes") })).toEqual(["failed", "timestamp-imprint-mismatch"]);
  });

  it("is what was signed", () => {
    const other = authority.stamp(utf8("other bytes"));
    const [ours, theirs] = [sha256(MESSAGE), sha256(utf8("other bytes"))];
    const at = Buffer.from(other).indexOf(theirs);
    const altered = other.slice();
    altered.set(ours, at);
    expect(judged(altered, [authority.pem])).toEqual(["failed", "timestamp-signature-invalid"]);
    expect(judge({ signature: key.sign(utf8("something")) })).toEqual([
      "failed",
      "timestamp-signature-invalid",
    ]);
    expect(judge({ signature: new Uint8Array(0) })).toEqual(["failed", "timestamp-signature-invalid"]);
  });

  it("has a time of one spelling, shown to the millisecond, rounded up", () => {
    const shown = (genTime: string) => check([token({ genTime })], [authority.pem]).timestamps[0]?.genTime;
    expect(shown("2026-11-24T08:00:03.000Z")).toBe("2026-11-24T08:00:03.000Z");
    expect(shown("2026-11-24T08:00:03.123456Z")).toBe("2026-11-24T08:00:03.124Z");
    expect(shown("2026-11-24T08:00:03.9999Z")).toBe("2026-11-24T08:00:04.000Z");
    expect(shown("2026-11-24T08:00:60.000Z")).toBeUndefined();
    expect(shown("2026-11-31T08:00:00.000Z")).toBeUndefined();
    expect(judge({ genTime: "9999-12-31T23:59:59.9999Z" })).toEqual(malformed);
  });

  it("has accuracy, order, nonce, name and extensions where they belong, and nothing else", () => {
    const moreInfo = [
      der.sequence(der.integer(1), der.tlv(0x80, Uint8Array.of(100))),
      der.boolean(true),
      der.integer(5),
      der.context(0, der.tlv(0x82, utf8("tsa.example"))),
      der.context(1, extension("1.2.3.4.5", der.nothing(), false)),
    ];
    expect(judge({ moreInfo })).toEqual(counted);
    expect(judge({ moreInfo: [...moreInfo].reverse() })).toEqual(malformed);
    expect(judge({ moreInfo: [...moreInfo, der.nothing()] })).toEqual(malformed);
    // DER leaves both defaults out; authorities write them, and sign it.
    expect(judge({ moreInfo: [der.boolean(false)] })).toEqual(counted);
    const notCritical = der.sequence(der.oid("1.2.3.4.5"), der.boolean(false), der.octets(der.nothing()));
    expect(judge({ moreInfo: [der.context(1, notCritical)] })).toEqual(counted);
    expect(judge({ moreInfo: [der.tlv(0x01, Uint8Array.of(1))] })).toEqual(malformed);
    expect(judge({ moreInfo: [der.sequence(der.tlv(0x80, Uint8Array.of(0)))] })).toEqual(malformed);
    expect(judge({ moreInfo: [der.context(1, extension("1.2.3.4.5", der.nothing()))] })).toEqual(unsupported);
  });
});

describe("what no signature covers", () => {
  it("changes nothing: unsigned attributes, further certificates, their order", () => {
    const genuine = check([token()], [authority.pem]);
    for (const certificates of [
      [x509Certificate, root],
      [root, x509Certificate],
    ])
      expect(check([token({ certificates })], [authority.pem])).toEqual(genuine);
    const unsignedAttributes = attribute("1.2.3.4.5", der.text("verified by the Example Court"));
    expect(check([token({ unsignedAttributes })], [authority.pem])).toEqual(genuine);
  });

  it("cannot stand anywhere else", () => {
    expect(judge({ unsignedAttributes: der.nothing() })).toEqual(malformed);
    expect(judge({ certificates: [x509Certificate, der.nothing()] })).toEqual(malformed);
    const nobodys = ["not-run", "timestamp-malformed"];
    const [outer, explicit] = [token(), der.sequence(SHA256)];
    expect(judged(der.sequence(outer.subarray(4), explicit), [authority.pem])).toEqual(nobodys);
    expect(judged(Uint8Array.of(...outer, 0), [authority.pem])).toEqual(nobodys);
  });
});

describe("every bit of a token", () => {
  it("matters, or leaves what is shown as it was", () => {
    const bytes = token();
    const open = timestampAuthorities()(trusting(authority.pem));
    const genuine = open({ tokens: [bytes], message: MESSAGE });
    expect(genuine.check.result).toBe("passed");
    let survivors = 0;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const altered = bytes.slice();
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const outcome = open({ tokens: [altered], message: MESSAGE });
      if (outcome.check.result !== "passed") continue;
      expect([bit, outcome]).toEqual([bit, genuine]);
      survivors++;
    }
    // The version of SignedData alone: of those of RFC 5652 another is as good, and nobody signed it.
    expect(survivors).toBe(1);
  });
});
