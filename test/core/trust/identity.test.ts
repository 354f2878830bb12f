/** Who goes by which text in a trust file: what is the same text, and what is not. */
import { describe, expect, it } from "@jest/globals";
import { findIds, foldText, knownAs } from "../../../src/core/trust/identity.js";
import type { ConsortiumOrganisation } from "../../../src/core/trust/trust-file.js";

const organisation = (id: string, zh: string, en: string, more: Partial<ConsortiumOrganisation> = {}) => ({
  id,
  role: "bank" as const,
  name: { zh, en },
  creditCode: `9100000${id.toUpperCase()}`,
  ...more,
});
const organisations = [
  organisation("bank-a", "示例银行甲股份有限公司", "Example Bank A Co., Ltd."),
  organisation("bank-b", "示例银行乙", "Bankhaus Große Straße", { controlledBy: "holding" }),
  organisation("bank-c", "示例银行乙", "Ὀδυσσεύς", { creditCode: "" }),
];
const found = (...texts: readonly string[]) => [...findIds({ organisations }, texts)];

describe("a text", () => {
  it.each([
    ["full width", "ＢＡＮＫ　Ａ", "Bank A"],
    ["white space of every kind", "\tBank\u00a0\u2003\u3000\u1680A\u0085", "bankA"],
    ["a letter without one capital of its own", "STRASSE", "Straße"],
    ["the capital of that letter", "STRAẞE", "Straße"],
    ["a letter that ends a word in another form", "ὈΔΥΣΣΕΎΣ", "Ὀδυσσεύς"],
    ["a composed letter and its parts", "Cafe\u0301", "CAFÉ"],
    ["a dotted capital and its parts", "\u0130stanbul", "I\u0307STANBUL"],
    ["a ligature", "ﬁnance", "FINANCE"],
    ["a compatibility ideograph", "\uf900", "\u8c48"],
  ])("is the same in %s", (_, one, other) => expect(foldText(one)).toBe(foldText(other)));

  it.each([
    ["a zero-width character", "Bank\u200bA"],
    ["a byte order mark", "\ufeffBank A"],
    ["a hyphen", "Bank-A"],
    ["a letter that looks alike", "Bаnk A"],
  ])("is another with %s in it", (_, other) => expect(foldText(other)).not.toBe(foldText("Bank A")));

  it("is folded once and for all", () => {
    for (const text of ["Straße", "STRAẞE", "\u0130", "ﬁ", "ΐ", "ǰ", "ŉ"])
      expect(foldText(foldText(text))).toBe(foldText(text));
  });
});

describe("an organisation is found", () => {
  it("by its id, its credit code, and its name in either language", () => {
    for (const text of [
      "bank-a",
      "BANK-A",
      "9100000bank-a",
      "示例银行甲 股份有限公司",
      "example bank a co., ltd.",
    ])
      expect(found(text)).toEqual(["bank-a"]);
    expect(found("BANKHAUS GROSSE STRASSE")).toEqual(["bank-b"]);
  });

  it("by any of a depositor's texts, and every match is one", () => {
    expect(found("示例银行乙")).toEqual(["bank-b", "bank-c"]);
    expect(found(...knownAs({ id: "x", name: "bank-c", creditCode: "9100000BANK-A" }))).toEqual([
      "bank-c",
      "bank-a",
    ]);
  });

  it("by its id alone, where it is named in controlledBy and not listed", () => {
    expect(found("Holding")).toEqual(["holding"]);
  });

  it("by nothing that is empty, nor by a part of its name", () => {
    for (const text of ["", " \u3000", "示例银行甲", "Example Bank A", "9100000"])
      expect(found(text)).toEqual([]);
  });
});

it("does not fold a text longer than any name: a stranger's two megabytes of marks cost nothing", () => {
  const marks = `a${"\u0301\u0323".repeat(500_000)}`;
  expect(foldText(marks)).toBe(marks);
  expect(foldText("ａ".repeat(4096))).toBe("A".repeat(4096));
  expect(foldText("ａ".repeat(4097))).toBe("ａ".repeat(4097));
});
