/** Tokens of a real authority (`openssl ts`) verify here, ours verify there, and altered ones verify nowhere. */
import { afterAll, describe, expect, it } from "@jest/globals";
import { pem, sampleAuthority } from "../../../scripts/make-vectors/timestamp-authority.js";
import { utf8 } from "../../../src/core/bytes.js";
import { describeWith } from "../../certificate/tools.js";
import { check, judged, MESSAGE } from "../check.js";
import {
  type OpensslAuthority,
  opensslAuthority,
  type OpensslOptions,
  P256,
  P384,
  RSA,
} from "../openssl-authority.js";

const KINDS: Readonly<Record<string, OpensslOptions>> = {
  "RSA, SHA-256": { key: RSA },
  "RSA, SHA-512, certificate named by SHA-512": {
    key: RSA,
    digest: "sha512",
    signingCertificateDigest: "sha512",
  },
  "P-256, SHA-256": { key: P256 },
  "P-256, SHA-384": { key: P256, digest: "sha384" },
  "P-384, SHA-384, certificate named by SHA-1": {
    key: P384,
    digest: "sha384",
    signingCertificateDigest: "sha1",
  },
};

describeWith(["openssl"], "an authority run by openssl", () => {
  describe.each(Object.entries(KINDS))("%s", (_, options) => {
    let opened: OpensslAuthority | undefined;
    const authority = () => (opened ??= opensslAuthority(options));
    afterAll(() => opened?.close());

    it("is verified up to its root, through the authority between", () => {
      const outcome = check([authority().stamp(MESSAGE)], [authority().rootPem]);
      expect(outcome.check).toMatchObject({ name: "timestamps", result: "passed" });
      const [timestamp] = outcome.timestamps;
      expect(timestamp).toMatchObject({ authority: "Example Root", signer: "Example Unit", counted: true });
      expect(timestamp?.genTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    });

    it("is verified up to the authority between, where the trust file names that", () => {
      const [timestamp] = check([authority().stamp(MESSAGE)], [authority().middlePem]).timestamps;
      expect(timestamp).toMatchObject({ authority: "Example Middle", counted: true });
    });

    it.each(["sha384", "sha512"])("may take the imprint by %s", (imprint) => {
      const token = authority().stamp(MESSAGE, { imprint });
      expect(judged(token, [authority().rootPem])).toEqual(["passed", "counted"]);
      expect(judged(token, [authority().rootPem], utf8("other bytes"))).toEqual([
        "failed",
        "timestamp-imprint-mismatch",
      ]);
    });

    it("is of another authority for whoever trusts another", () => {
      const stranger = sampleAuthority("Example Stranger", 9).pem;
      expect(judged(authority().stamp(MESSAGE), [stranger])).toEqual(["not-run", "authority-unknown"]);
      expect(judged(authority().stamp(MESSAGE), [])).toEqual(["not-run", "authority-unknown"]);
    });

    it("cannot be verified without its certificates", () => {
      const token = authority().stamp(MESSAGE, { isBare: true });
      expect(judged(token, [authority().rootPem])).toEqual(["not-run", "timestamp-certificate-missing"]);
    });

    it("does not verify with one bit turned, or is still the same token", () => {
      const token = authority().stamp(MESSAGE);
      const genuine = check([token], [authority().rootPem]).timestamps;
      for (let bit = 3; bit < token.length * 8; bit += 151) {
        const altered = token.slice();
        altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const outcome = check([altered], [authority().rootPem]);
        if (outcome.check.result === "passed") expect([bit, outcome.timestamps]).toEqual([bit, genuine]);
      }
    });
  });

  it("counts once, however many tokens it gives", () => {
    const authority = opensslAuthority({ key: P256 });
    const tokens = [authority.stamp(MESSAGE), authority.stamp(MESSAGE)];
    const { timestamps, check: made } = check(tokens, [authority.rootPem]);
    authority.close();
    expect(timestamps.map(({ reason }) => reason)).toEqual(["counted", "authority-counted-already"]);
    expect(made.compared).toEqual([{ what: "authorities", got: "1", want: "at least 1" }]);
  });

  it("does not know SHA-1: such a token is neither true nor false", () => {
    const authority = opensslAuthority({ key: P256 });
    const token = authority.stamp(MESSAGE, { imprint: "sha1" });
    expect(judged(token, [authority.rootPem])).toEqual(["not-run", "timestamp-unsupported"]);
    authority.close();
  });

  it("agrees about the tokens that the vectors are made of", () => {
    const judge = opensslAuthority({ key: P256 });
    const ours = sampleAuthority("Example TSA", 0x61);
    const token = ours.stamp(MESSAGE);
    const atSeconds = 1_795_600_000;
    expect(() => judge.verify(token, MESSAGE, pem(ours.root), atSeconds)).not.toThrow();
    expect(() => judge.verify(token, utf8("other bytes"), pem(ours.root), atSeconds)).toThrow();
    judge.close();
  });
});
