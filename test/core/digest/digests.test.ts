import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { hex, utf8 } from "../../../src/core/bytes.js";
import {
  createContentDigester,
  digestContent,
  encodeDigests,
  parseDigests,
} from "../../../src/core/digest/digests.js";
import type { CreateDigester } from "../../../src/core/digest/digester.js";
import { createSha256, sha256 } from "../../../src/core/digest/sha256.js";
import { createSm3, sm3 } from "../../../src/core/digest/sm3.js";

/** FIPS 180-4 and GB/T 32905-2016, appendix A. */
const KNOWN = [
  ["sha-256", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["sha-256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  ["sm3", "", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"],
  ["sm3", "abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"],
  ["sm3", "abcd".repeat(16), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"],
] as const;

const ALGORITHMS = [
  ["sha256", sha256, createSha256],
  ["sm3", sm3, createSm3],
] as const;

it.each(KNOWN)("%s of %j", (name, text, digest) => {
  const content = utf8(text);
  expect(hex(name === "sm3" ? sm3(content) : sha256(content))).toBe(digest);
});

describe.each(ALGORITHMS)("%s, held to OpenSSL's", (openssl, oneShot, create) => {
  const expected = (content: Uint8Array) => createHash(openssl).update(content).digest("hex");

  it("gives the same for every length up to three blocks", () => {
    for (let length = 0; length <= 192; length++) {
      const content = Uint8Array.from({ length }, (_, i) => (i * 151 + length) & 0xff);
      expect([length, hex(oneShot(content))]).toEqual([length, expected(content)]);
    }
  });

  it("gives the same for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (content) => {
        expect(hex(oneShot(content))).toBe(expected(content));
      }),
    );
  });

  it("gives the same in pieces of any length", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (pieces) => {
        const digester = create();
        for (const piece of pieces) digester.update(piece);
        expect(hex(digester.digest())).toBe(expected(Buffer.concat(pieces)));
      }),
    );
  });

  it("leaves the content as it was, and reads a view only where it looks", () => {
    const whole = Uint8Array.from({ length: 300 }, (_, i) => i & 0xff);
    const copy = whole.slice();
    expect(hex(oneShot(whole.subarray(17, 217)))).toBe(expected(copy.slice(17, 217)));
    expect(whole).toEqual(copy);
  });

  it("keeps two digesters apart", () => {
    const [one, other] = [create(), create()];
    for (const letter of "interleaved, over more than one block of sixty-four bytes, and on") {
      one.update(utf8(letter));
      other.update(utf8(letter.toUpperCase()));
    }
    expect(hex(one.digest())).not.toBe(hex(other.digest()));
  });

  it("takes a digest once, and nothing after it", () => {
    const digester = create();
    digester.digest();
    expect(() => digester.digest()).toThrow();
    expect(() => digester.update(utf8("more"))).toThrow();
  });
});

describe("digests of content", () => {
  const content = utf8("放款记录");

  it("measures both digests and the size, in one piece or many", () => {
    const { digests, size } = digestContent(content);
    expect(size).toBe(12);
    expect(hex(digests["sha-256"])).toBe(createHash("sha256").update(content).digest("hex"));
    expect(hex(digests.sm3)).toBe(createHash("sm3").update(content).digest("hex"));
    const pieces = createContentDigester();
    for (const byte of content) pieces.update(Uint8Array.of(byte));
    expect(pieces.finish()).toEqual({ digests, size });
  });

  it("takes a host's digesters", () => {
    const create: CreateDigester = (name) => {
      const hash = createHash(name === "sm3" ? "sm3" : "sha256");
      const digester = {
        update(piece: Uint8Array) {
          hash.update(piece);
          return digester;
        },
        digest: () => new Uint8Array(hash.digest()),
      };
      return digester;
    };
    expect(digestContent(content, create)).toEqual(digestContent(content));
  });

  it("reads back what it encodes, with SM3 and without", () => {
    const { digests } = digestContent(content);
    expect(parseDigests(encodeDigests(digests), "")).toEqual(digests);
    const alone = { "sha-256": digests["sha-256"] };
    expect(encodeDigests(alone)).not.toHaveProperty("sm3");
    expect(parseDigests(encodeDigests(alone), "")).toEqual(alone);
  });
});
