import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { utf8 } from "../../../src/core/bytes.js";
import { createContentDigester, digestContent, encodeDigests } from "../../../src/core/digest/digests.js";
import {
  canonicalRecord,
  type DescribedContent,
  verifyMeasuredRecord,
  verifyRecord,
} from "../../../src/core/record/content.js";
import { expectRefusal } from "../vector-files.js";

function describing(content: Uint8Array): DescribedContent {
  const { digests, size } = digestContent(content);
  return { digests: encodeDigests(digests), size };
}

describe("a record digested over its exact bytes", () => {
  const record = utf8('{"amount": 120000.00}\n');
  const described = describing(record);

  it("is the one described, and no other spelling of it is", () => {
    expect(verifyRecord(described, record)).toEqual(digestContent(record));
    expectRefusal(() => verifyRecord(described, utf8('{"amount": 120000.0 }\n')), "record-sha-256");
    expectRefusal(() => verifyRecord(described, utf8('{"amount":120000.00}\n')), "record-size");
  });

  it("differs with any bit", () => {
    record.forEach((_, i) => {
      for (let bit = 0; bit < 8; bit++)
        expectRefusal(
          () => verifyRecord(described, record.with(i, (record[i] ?? 0) ^ (1 << bit))),
          "record-sha-256",
        );
    });
  });

  it("may be empty", () => {
    const empty = new Uint8Array(0);
    expect(verifyRecord(describing(empty), empty).size).toBe(0);
    expectRefusal(() => verifyRecord(describing(empty), Uint8Array.of(0)), "record-size");
  });

  it("must fit in size, SHA-256 and SM3, each of them", () => {
    const other = describing(utf8("another record of its own"));
    expectRefusal(() => verifyRecord({ ...described, size: described.size + 1 }, record), "record-size");
    const sha256 = { ...described.digests, "sha-256": other.digests["sha-256"] };
    expectRefusal(() => verifyRecord({ ...described, digests: sha256 }, record), "record-sha-256");
    const sm3 = { ...described.digests, sm3: other.digests.sm3 ?? "" };
    expectRefusal(() => verifyRecord({ ...described, digests: sm3 }, record), "record-sm3");
  });

  it("is not judged by SM3 where the statement has none", () => {
    const digests = { "sha-256": described.digests["sha-256"] };
    expect(verifyRecord({ ...described, digests }, record).size).toBe(record.length);
  });

  it("matches when it was measured in pieces of any length", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 })), (pieces) => {
        const whole = new Uint8Array(Buffer.concat(pieces));
        const digester = createContentDigester();
        for (const piece of pieces) digester.update(piece);
        expect(verifyMeasuredRecord(describing(whole), digester.finish())).toEqual(digestContent(whole));
      }),
    );
    const longer = createContentDigester().update(record).update(Uint8Array.of(0x20)).finish();
    expectRefusal(() => verifyMeasuredRecord(described, longer), "record-size");
  });
});

describe("a record digested as a JSON value", () => {
  const canonical = utf8('{"amount":120000,"borrower":"示例借款人"}');
  const described: DescribedContent = { ...describing(canonical), canonicalization: "rfc8785" };

  it.each([
    '{"amount":120000,"borrower":"示例借款人"}',
    '{\n  "borrower": "\\u793a\\u4f8b\\u501f\\u6b3e\\u4eba",\n  "amount": 120000.00\n}\n',
    ' {"amount":1.2e5 , "borrower":"示例借款人"}',
  ])("is the same in this spelling: %s", (text) => {
    expect(verifyRecord(described, utf8(text))).toEqual(digestContent(canonical));
  });

  it.each([
    ['{"amount":120001,"borrower":"示例借款人"}', "record-sha-256"],
    ['{"amount":120000,"borrower":"示例借款人","more":1}', "record-size"],
    ['{"amount":120000,"amount":120000,"borrower":"示例借款人"}', "json-duplicate-key"],
    ['{"amount":120000.00000000000000001,"borrower":"示例借款人"}', "json-number-altered"],
    ['{"amount":120000,"borrower":"示例借款人"}x', "json-trailing-bytes"],
    ['\ufeff{"amount":120000,"borrower":"示例借款人"}', "json-byte-order-mark"],
    ["示例", "json-syntax"],
    ["", "json-syntax"],
  ])("is refused: %s", (text, code) => {
    expectRefusal(() => verifyRecord(described, utf8(text)), code);
  });

  it("has one form", () => {
    expect(canonicalRecord(utf8(' { "borrower" : "示例借款人", "amount" : 12e4 } '))).toEqual(canonical);
  });

  it("can't be matched in pieces", () => {
    expectRefusal(() => verifyMeasuredRecord(described, digestContent(canonical)), "file-too-large");
  });
});
