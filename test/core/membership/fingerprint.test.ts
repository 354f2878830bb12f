import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  compareFingerprint,
  fingerprintOf,
  formatFingerprint,
} from "../../../src/core/membership/fingerprint.js";
import { hashTrustFile } from "../../../src/core/membership/change.js";
import { firstTrustFile } from "./changing-consortium.js";

const groups = fingerprintOf(firstTrustFile());
const spoken = formatFingerprint(groups);

describe("a fingerprint", () => {
  it("is the whole SHA-256 in digits and two check digits", () => {
    expect(spoken).toMatch(/^(?:(?:[0-9]{5} ){3}[0-9]{5}\n){4}$/);
    const digits = groups.join("");
    const hash = Buffer.from(BigInt(digits.slice(0, 78)).toString(16).padStart(64, "0"), "hex");
    expect(hash.toString("base64")).toBe(hashTrustFile(firstTrustFile()));
    expect(BigInt(digits) % 97n).toBe(1n);
  });

  it("is equal however it is spaced", () => {
    for (const heard of [spoken, groups.join("-"), groups.join(""), ` ${groups.join(" \n ")} `])
      expect(compareFingerprint(groups, heard)).toEqual({ outcome: "equal" });
  });

  it("names the first group that differs, and tells another file from a slip of the tongue", () => {
    const other = fingerprintOf({ ...firstTrustFile(), revision: 1 });
    const differs = compareFingerprint(groups, other.join(" "));
    expect(differs).toEqual({ outcome: "different", group: groups.findIndex((g, i) => g !== other[i]) + 1 });
    const digits = groups.join("");
    fc.assert(
      fc.property(fc.nat(79), fc.integer({ min: 1, max: 9 }), (at, by) => {
        const misheard = digits.slice(0, at) + String((Number(digits[at]) + by) % 10) + digits.slice(at + 1);
        const group = Math.floor(at / 5) + 1;
        expect(compareFingerprint(groups, misheard)).toEqual({ outcome: "misheard", group });
      }),
    );
    for (let at = 0; at < 79; at++) {
      const [a = "", b = ""] = [digits[at], digits[at + 1]];
      if (a === b) continue;
      const swapped = digits.slice(0, at) + b + a + digits.slice(at + 2);
      expect(compareFingerprint(groups, swapped)).toMatchObject({ outcome: "misheard" });
    }
    expect(compareFingerprint(groups, digits.slice(0, 40))).toEqual({ outcome: "misheard", group: 9 });
    expect(compareFingerprint(groups, `${digits}1`)).toEqual({ outcome: "misheard", group: undefined });
    expect(compareFingerprint(groups, "")).toEqual({ outcome: "misheard", group: 1 });
  });
});
