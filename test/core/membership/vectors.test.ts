import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { ACCEPTED_CHANGES } from "../../../scripts/make-vectors/membership-cases.js";
import { utf8 } from "../../../src/core/bytes.js";
import { CHANGE_KINDS, hashTrustFile, parseConsortiumChange } from "../../../src/core/membership/change.js";
import { beginHistory, continueHistory } from "../../../src/core/membership/history.js";
import { VERIFIERS } from "../../../src/platform/keys/verifiers.js";
import { casesOfLongProof } from "../../long-proof.js";

describe("test/vectors/consortium-change/changes.json", () => {
  const { accepted, refused } = JSON.parse(
    readFileSync(new URL("../../vectors/consortium-change/changes.json", import.meta.url), "utf8"),
  ) as {
    accepted: { entry: string }[];
    refused: { code: string }[];
  };

  it("refuses far more than it accepts, each kind is in it, and each code", () => {
    expect(refused.length).toBeGreaterThan(3 * accepted.length);
    const kinds = accepted.map(({ entry }) => parseConsortiumChange(utf8(entry)).change.kind);
    expect(new Set(kinds)).toEqual(new Set(CHANGE_KINDS));
    const codes = refused.map(({ code }) => code).filter((code) => /^(change|approval)/.test(code));
    expect(new Set(codes).size).toBe(15);
  });
});

describe("a valid change", () => {
  const [{ before, index, entry }] = ACCEPTED_CHANGES as [(typeof ACCEPTED_CHANGES)[number]];
  const bytes = utf8(entry);
  const isApplied = (spoilt: Uint8Array) => {
    const history = continueHistory(beginHistory(before), { index, entry: spoilt }, VERIFIERS);
    return hashTrustFile(history.present) !== hashTrustFile(before);
  };

  it("is refused with any byte of it altered, and with any third one left out or doubled", () => {
    expect(isApplied(bytes)).toBe(true);
    for (const at of casesOfLongProof("bytes of a change", [...bytes.keys()], 60)) {
      const altered = Uint8Array.from(bytes);
      altered[at] = (altered[at] as number) ^ (1 << (at % 7));
      const shorter = Uint8Array.from([...bytes.slice(0, at), ...bytes.slice(at + 1)]);
      const longer = Uint8Array.from([...bytes.slice(0, at), bytes[at] as number, ...bytes.slice(at)]);
      for (const spoilt of at % 3 === 0 ? [altered, shorter, longer] : [altered])
        if (isApplied(spoilt)) throw new Error(`still valid with byte ${at} spoilt`);
    }
  });

  it("is refused with any member left out, and with any value of another change", () => {
    const value = JSON.parse(entry) as Record<string, unknown>;
    const [, other] = ACCEPTED_CHANGES.map((each) => JSON.parse(each.entry) as Record<string, unknown>);
    for (const name of Object.keys(value)) {
      const { [name]: _, ...rest } = value;
      const sorted = (members: object) => utf8(JSON.stringify(members, Object.keys(members).sort()));
      expect(isApplied(sorted(rest))).toBe(false);
      if (JSON.stringify(other?.[name]) === JSON.stringify(value[name])) continue;
      expect(isApplied(utf8(JSON.stringify({ ...value, [name]: other?.[name] })))).toBe(false);
    }
  });
});
