/** What the notary asks an authority for, and which answers it takes: of a real one (`openssl ts`), and of false ones. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  openTimestampAuthority,
  type TimestampAuthorityFiles,
} from "../../../scripts/timestamp-authority/openssl.js";
import {
  extendedKeyUsage,
  makeCertificate,
  sampleAuthority,
  TIME_STAMPING,
  type TokenOptions,
} from "../../../scripts/make-vectors/timestamp-authority.js";
import { hex, utf8 } from "../../../src/core/bytes.js";
import { timestampAnchors } from "../../../src/pki/x509/authorities.js";
import * as der from "../../../src/pki/der/der-writer.js";
import {
  acceptTimestamp,
  type AcceptedTimestamp,
  encodeTimestampRequest,
  type TimestampAnswer,
} from "../../../src/pki/timestamps/timestamp-request.js";
import { verifyX509Signature } from "../../../src/platform/keys/x509-signature.js";
import { describeWith } from "../../certificate/tools.js";
import { judged, MESSAGE, trusting } from "../check.js";

const authority = sampleAuthority("Example TSA", 0x31);
const NONCE = 0x8123_4567_89ab_cdefn;
const GEN_TIME_MS = Date.parse("2026-11-24T08:00:03.500Z");
const request = { message: MESSAGE, nonce: NONCE };
const granted = (token: Uint8Array) => der.sequence(der.sequence(der.integer(0)), token);
const stamped = (overrides: Partial<TokenOptions> = {}) =>
  authority.stamp(MESSAGE, { moreInfo: [der.integer(NONCE)], ...overrides });

function accept(response: Uint8Array, change: Partial<TimestampAnswer> = {}): AcceptedTimestamp {
  return acceptTimestamp({
    response,
    request,
    ...timestampAnchors(trusting(authority.pem)),
    verify: verifyX509Signature,
    askedAtMs: GEN_TIME_MS,
    answeredAtMs: GEN_TIME_MS + 20,
    toleranceMs: 60_000,
    ...change,
  });
}
const code = (response: Uint8Array, change?: Partial<TimestampAnswer>): unknown => {
  try {
    accept(response, change);
    return "accepted";
  } catch (error) {
    return (error as { code?: string; name: string }).code ?? (error as Error).name;
  }
};

describe("a request", () => {
  it.each([
    [1n, "020101"],
    [0x7fn, "02017f"],
    [0x80n, "02020080"],
    [0xffff_ffff_ffff_ffffn, "020900ffffffffffffffff"],
  ])("writes the nonce %s as a positive INTEGER", (nonce, written) => {
    expect(hex(encodeTimestampRequest({ message: MESSAGE, nonce }))).toMatch(new RegExp(`${written}0101ff$`));
  });

  it("says version 1, SHA-256, and certReq", () => {
    expect(hex(encodeTimestampRequest({ message: utf8("abc"), nonce: 1n }))).toBe(
      "303c0201013031300d060960864801650304020105000420" +
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0201010101ff",
    );
  });
});

describe("an answer", () => {
  it("is taken where everything is as asked", () => {
    const token = stamped();
    expect(accept(granted(token))).toEqual({
      token,
      authority: "Example TSA",
      genTimeMs: GEN_TIME_MS,
      serialNumber: "4d",
    });
    expect(code(der.sequence(der.sequence(der.integer(1)), token))).toBe("accepted");
  });

  it("is left as it is, also where it is a Node Buffer", () => {
    const response = Buffer.from(granted(stamped()));
    const before = Uint8Array.from(response);
    const { token } = accept(response);
    expect(Uint8Array.from(response)).toEqual(before);
    expect(Uint8Array.from(token)).toEqual(stamped());
    expect(code(response)).toBe("accepted");
  });

  it.each<[string, Uint8Array, unknown]>([
    [
      "of another nonce",
      granted(stamped({ moreInfo: [der.integer(NONCE + 1n)] })),
      "timestamp-of-another-request",
    ],
    ["without a nonce", granted(stamped({ moreInfo: [] })), "timestamp-of-another-request"],
    [
      "over other bytes",
      granted(authority.stamp("other bytes", { moreInfo: [der.integer(NONCE)] })),
      "timestamp-imprint-mismatch",
    ],
    [
      "of a stranger",
      granted(sampleAuthority("Example Stranger", 0x41).stamp(MESSAGE, { moreInfo: [der.integer(NONCE)] })),
      "timestamp-authority-unknown",
    ],
    [
      "of a stranger with the authority's name",
      granted(sampleAuthority("Example TSA", 0x43).stamp(MESSAGE, { moreInfo: [der.integer(NONCE)] })),
      "timestamp-chain-invalid",
    ],
    [
      "whose signature is another's",
      granted(stamped({ signature: authority.key.sign(utf8("x")) })),
      "timestamp-signature-invalid",
    ],
    ["without its certificate", granted(stamped({ certificates: [] })), "timestamp-certificate-missing"],
    ["that is no DER", Uint8Array.of(0x30, 0x80, 0, 0), "MalformedError"],
    ["with bytes behind it", Uint8Array.of(...granted(stamped()), 0), "MalformedError"],
    ["of nothing", new Uint8Array(0), "MalformedError"],
    ["granted without a token", der.sequence(der.sequence(der.integer(0))), "MalformedError"],
    ["rejected with a token", der.sequence(der.sequence(der.integer(2)), stamped()), "MalformedError"],
    [
      "with a field too many",
      der.sequence(der.sequence(der.integer(0)), stamped(), der.nothing()),
      "MalformedError",
    ],
    ["that is a bare token", stamped(), "MalformedError"],
  ])("%s is refused", (_, response, wanted) => {
    expect(code(response)).toBe(wanted);
  });

  it("under a certificate that had ended is refused", () => {
    const ended = makeCertificate({
      subject: "Example unit 2",
      issuer: authority.name,
      key: authority.key,
      issuerKey: authority.rootKey,
      serialNumber: 2,
      notAfter: "2026-11-24T08:00:02.000Z",
      extensions: [extendedKeyUsage([TIME_STAMPING])],
    });
    const token = stamped({ x509Certificate: ended, serialNumber: 2 });
    expect(code(granted(token))).toBe("timestamp-certificate-time");
  });

  it.each([
    [-60_001, "accepted"],
    [-60_021, "timestamp-time-off"],
    [60_000, "accepted"],
    [60_001, "timestamp-time-off"],
  ])("is refused beyond the tolerance of our clock: %d ms", (offsetMs, wanted) => {
    const [askedAtMs, answeredAtMs] = [GEN_TIME_MS + offsetMs, GEN_TIME_MS + offsetMs + 20];
    expect(code(granted(stamped()), { askedAtMs, answeredAtMs })).toBe(wanted);
  });

  it("of another policy than was asked for is refused, the same is taken", () => {
    const under = (policy: string) => code(granted(stamped()), { request: { ...request, policy } });
    expect(under("1.2.3.4.2")).toBe("timestamp-of-another-request");
    expect(under("1.2.3.4.1")).toBe("accepted");
  });

  it("that refuses is told with its status, its failures and its words", () => {
    const rejected =
      (...parts: readonly Uint8Array[]) =>
      () =>
        accept(der.sequence(der.sequence(der.integer(2), ...parts)));
    expect(rejected()).toThrow("the authority answers rejection");
    const bits = der.bits(Uint8Array.of(0x80, 0x01, 0, 0x40), 6);
    expect(rejected(der.sequence(der.text("no\ntime")), bits)).toThrow(
      "the authority answers rejection, badAlg, unacceptedPolicy, systemFailure: no time",
    );
    expect(() => accept(der.sequence(der.sequence(der.integer(9))))).toThrow(
      "a status that RFC 3161 does not",
    );
    expect(rejected(der.sequence(der.octets(utf8("no"))))).toThrow("PKIFreeText");
  });

  it("that refuses with thousands of failures and words is told in few", () => {
    const words = der.sequence(der.text("no".repeat(10_000)));
    const bits = der.bits(new Uint8Array(40_000).fill(0xff));
    try {
      accept(der.sequence(der.sequence(der.integer(2), words, bits)));
    } catch (error) {
      expect((error as Error).message).toMatch(/^the authority answers rejection, badAlg, .*nono$/);
      expect((error as Error).message.length).toBeLessThan(1_000);
    }
    expect.assertions(2);
  });

  it("is never taken with a bit of it turned, unless it is still that token", () => {
    const response = granted(stamped());
    for (let bit = 5; bit < response.length * 8; bit += 13) {
      const altered = response.slice();
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if (code(altered) !== "accepted") continue;
      expect(judged(accept(altered).token, [authority.pem])).toEqual(["passed", "counted"]);
    }
  });
});

describeWith(["openssl"], "an authority run by openssl", () => {
  const folder = mkdtempSync(join(tmpdir(), "timestamp-request-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  let real: TimestampAuthorityFiles;
  beforeAll(async () => {
    real = await openTimestampAuthority(folder);
  });
  const ask = async (change: Partial<TimestampAnswer["request"]> = {}) => {
    const asked = { ...request, ...change };
    const askedAtMs = Date.now();
    const response = await real.reply(encodeTimestampRequest(asked));
    const times = { askedAtMs, answeredAtMs: Date.now() };
    return accept(response, {
      request: asked,
      anchors: timestampAnchors(trusting(real.rootPem)).anchors,
      ...times,
    });
  };

  it("reads our request as we meant it", () => {
    writeFileSync(join(folder, "query"), encodeTimestampRequest({ ...request, policy: "1.2.3.4.1" }));
    const shown = execFileSync("openssl", ["ts", "-query", "-in", join(folder, "query"), "-text"]).toString();
    expect(shown).toContain("Version: 1\nHash Algorithm: sha256");
    // 1.2.3.4.1 has a name in OpenSSL's own configuration.
    expect(shown).toMatch(/Policy OID: .+\nNonce: 0x8123456789ABCDEF\nCertificate required: yes/);
  });

  it("gives a token that both of us verify", async () => {
    const { token, authority: name, genTimeMs } = await ask();
    expect(name).toBe("示例授时机构 Example Time Authority");
    expect(Math.abs(genTimeMs - Date.now())).toBeLessThan(60_000);
    expect(judged(token, [real.rootPem])).toEqual(["passed", "counted"]);
    writeFileSync(join(folder, "token"), token);
    writeFileSync(join(folder, "message"), MESSAGE);
    execFileSync("openssl", ["ts", "-verify", "-in", join(folder, "token"), "-token_in", "-data", join(folder, "message"), "-CAfile", join(folder, "root.pem")]); // prettier-ignore
  });

  it("stamps under the policy that it is asked for, and refuses one that it has not", async () => {
    expect(await ask({ policy: "1.2.3.4.2" })).toMatchObject({
      authority: "示例授时机构 Example Time Authority",
    });
    await expect(ask({ policy: "1.2.3.4.9" })).rejects.toThrow(
      "the authority answers rejection, unacceptedPolicy: Requested policy is not supported.",
    );
  });

  it("is far from our clock where ours is wrong", async () => {
    const response = await real.reply(encodeTimestampRequest(request));
    const anchors = timestampAnchors(trusting(real.rootPem)).anchors;
    expect(code(response, { anchors, askedAtMs: 0, answeredAtMs: 1 })).toBe("timestamp-time-off");
  });
});
