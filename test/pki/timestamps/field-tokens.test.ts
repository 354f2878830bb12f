/** What authorities write in the field around what they sign, and openssl reads: such tokens verify as they came. */
import { afterAll, describe, expect, it } from "@jest/globals";
import * as der from "../../../src/pki/der/der-writer.js";
import { parseDer } from "../../../src/pki/der/der.js";
import { parseX509Certificate } from "../../../src/pki/x509/x509-certificate.js";
import { tightToken } from "../../../src/pki/timestamps/tight-token.js";
import { verifyX509Signature } from "../../../src/platform/keys/x509-signature.js";
import { sampleAuthority } from "../../../scripts/make-vectors/timestamp-authority.js";
import { utf8 } from "../../../src/core/bytes.js";
import { describeWith } from "../../certificate/tools.js";
import { check, judged, MESSAGE } from "../check.js";
import {
  type OpensslAuthority,
  opensslAuthority,
  type OpensslOptions,
  P256,
  P521,
  PSS,
  RSA,
} from "../openssl-authority.js";
import { berOf, Envelope, octetsInPieces } from "../../../scripts/make-vectors/token-frames.js";

const counted = ["passed", "counted"];
const malformed = ["failed", "timestamp-malformed"];
const NOON = 1_795_600_000;
const authority = sampleAuthority("Example TSA", 0x31);
const token = authority.stamp(MESSAGE);
const anchors = [parseX509Certificate(authority.root)];

/** The sample's token with one part of its envelope written otherwise. */
const FRAMES: Readonly<Record<string, (envelope: Envelope) => Uint8Array>> = {
  "lengths of the indefinite form around what is signed": (envelope) =>
    berOf(parseDer(envelope.write()), { form: "indefinite", isOutside: true }),
  "lengths longer than need be around what is signed": (envelope) =>
    berOf(parseDer(envelope.write()), { form: "long", isOutside: true }),
  "lengths of the indefinite form down to the signed attributes": (envelope) =>
    berOf(parseDer(envelope.write()), { form: "indefinite", isOutside: false }),
  "the signed content in pieces": (envelope) =>
    envelope.write({ content: octetsInPieces(envelope.content, 7) }),
  "the signature in pieces": (envelope) =>
    envelope.write({ signature: octetsInPieces(envelope.signature, 20) }),
  "signed attributes out of order": (envelope) =>
    envelope.write({ attributes: [...envelope.attributes].reverse() }),
  "an attribute certificate beside": (envelope) =>
    envelope.write({
      certificates: [...envelope.certificates, der.context(2, der.sequence(der.integer(1)))],
    }),
  "a certificate beside that is none": (envelope) =>
    envelope.write({ certificates: [...envelope.certificates, der.sequence(der.integer(1))] }),
  "OCSP responses among revocation values": (envelope) =>
    envelope.write({
      revocations: [der.context(1, der.oid("1.3.6.1.5.5.7.16.2"), der.sequence(der.integer(0)))],
    }),
  "an empty set of revocation values": (envelope) => envelope.write({ revocations: [] }),
  "an empty set of digest algorithms": (envelope) => envelope.write({ digestAlgorithms: [] }),
  "an empty set of unsigned attributes": (envelope) => envelope.write({ unsigned: [] }),
  "an unsigned attribute without values": (envelope) =>
    envelope.write({ unsigned: [der.sequence(der.oid("1.2.3.4"), der.setOf())] }),
  "the version of those with attribute certificates": (envelope) => envelope.write({ version: 4 }),
};

describe.each(Object.entries(FRAMES))("a token with %s", (_, write) => {
  const written = write(new Envelope(token));

  it("says and proves the same as without", () => {
    expect(written).not.toEqual(token);
    expect(check([written], [authority.pem])).toEqual(check([token], [authority.pem]));
    expect(judged(written, [authority.pem], utf8("other bytes"))).toEqual([
      "failed",
      "timestamp-imprint-mismatch",
    ]);
  });

  it("is embedded as the one DER of what was signed", () => {
    const asked = { message: MESSAGE, anchors, apartFrom: [], verify: verifyX509Signature };
    expect(tightToken(written, asked)).toEqual(tightToken(token, asked));
  });
});

describe("a token that can't be read", () => {
  const envelope = new Envelope(token);
  const other = sampleAuthority("Example Stranger", 0x41);
  const without = (what: "content" | "attributes") =>
    envelope.write(what === "content" ? { content: der.octets(utf8("no TSTInfo")) } : { attributes: [] });

  it("fails where it names a signer of a trusted authority", () => {
    for (const bytes of [without("content"), without("attributes")])
      expect(judged(bytes, [authority.pem])).toEqual(malformed);
  });

  it("is shown with the signer that it names, and fails nothing, where nobody trusts that one's authority", () => {
    for (const bytes of [without("content"), without("attributes")]) {
      expect(judged(bytes, [])).toEqual(["not-run", "timestamp-malformed"]);
      const { check: made, timestamps } = check([bytes, other.stamp(MESSAGE)], [other.pem]);
      expect(made.result).toBe("passed");
      expect(timestamps[0]).toEqual({ signer: "Example TSA unit 1", counted: false, reason: "timestamp-malformed" }); // prettier-ignore
    }
  });

  it("can't be judged where it names nobody: neither true nor false", () => {
    for (const bytes of [utf8("not a token"), new Uint8Array(0), new Uint8Array(70_000).fill(0x30)]) {
      expect(check([bytes], []).check.code).toBe("timestamps-of-no-authority");
      expect(check([bytes], [authority.pem]).check).toMatchObject({ result: "not-run", code: "timestamp-malformed" }); // prettier-ignore
    }
  });

  it("costs time in proportion to its size", () => {
    const nested = Uint8Array.from({ length: 65_536 }, (_, i) => (i % 2 === 0 ? 0x30 : 0x80));
    const started = performance.now();
    for (let i = 0; i < 50; i++) judged(nested, [authority.pem]);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

const KINDS: Readonly<Record<string, OpensslOptions>> = {
  "P-521, SHA-512": { key: P521, digest: "sha512" },
  "P-521, SHA-256": { key: P521 },
  RSA: { key: RSA },
};

describeWith(["openssl"], "an authority run by openssl", () => {
  describe.each(Object.entries(KINDS))("with keys of %s", (_, options) => {
    let opened: OpensslAuthority | undefined;
    const real = () => (opened ??= opensslAuthority(options));
    afterAll(() => opened?.close());

    it.each(["sha256", "sha512", "sm3"])("has its tokens verified, with an imprint by %s", (imprint) => {
      const stamped = real().stamp(MESSAGE, { imprint });
      expect(judged(stamped, [real().rootPem])).toEqual(counted);
      expect(judged(stamped, [real().rootPem], utf8("other bytes"))).toEqual([
        "failed",
        "timestamp-imprint-mismatch",
      ]);
      expect(() =>
        real().verify(stamped, MESSAGE, real().rootPem, Math.floor(Date.now() / 1000)),
      ).not.toThrow();
    });

    it("has no token verified with a bit of the signature turned", () => {
      const stamped = real().stamp(MESSAGE);
      for (const back of [1, 20, 60]) {
        const altered = stamped.slice();
        altered[altered.length - back] = (altered.at(-back) ?? 0) ^ 4;
        expect(judged(altered, [real().rootPem])[0]).toBe("failed");
      }
    });
  });

  it.each([
    ["an RSA key", RSA],
    ["a key for RSASSA-PSS alone, and such authorities", PSS],
  ] as const)("signs by RSASSA-PSS with %s", (_, key) => {
    const real = opensslAuthority({ key });
    const genTime = new Date().toISOString();
    const { content } = parseDer(new Envelope(authority.stamp(MESSAGE, { genTime })).content);
    for (const [digest, salt] of [
      ["sha256", "digest"],
      ["sha384", "20"],
      ["sha512", "max"],
    ] as const) {
      const stamped = real.signPss(content, { digest, salt });
      expect(() => real.verifyCms(stamped, real.rootPem)).not.toThrow();
      expect(judged(stamped, [real.rootPem])).toEqual(counted);
      expect(judged(stamped, [real.rootPem], utf8("other bytes"))).toEqual([
        "failed",
        "timestamp-imprint-mismatch",
      ]);
      for (const back of [1, 100]) {
        const altered = stamped.slice();
        altered[altered.length - back] = (altered.at(-back) ?? 0) ^ 4;
        expect(judged(altered, [real.rootPem])).toEqual(["failed", "timestamp-signature-invalid"]);
      }
    }
    real.close();
  });

  it("agrees about what is written around the signed parts, where it knows that", () => {
    const peer = opensslAuthority({ key: P256 });
    const refused = Object.entries(FRAMES).filter(([, write]) => {
      try {
        peer.verify(write(new Envelope(token)), MESSAGE, authority.pem, NOON);
        return false;
      } catch {
        return true;
      }
    });
    peer.close();
    // It does not write signed attributes again to their last value, or in order, and knows lists of X.509 alone.
    expect(refused.map(([name]) => name)).toEqual([
      "lengths of the indefinite form down to the signed attributes",
      "signed attributes out of order",
      "an attribute certificate beside",
      "a certificate beside that is none",
      "OCSP responses among revocation values",
      "an empty set of digest algorithms",
    ]);
  });
});
