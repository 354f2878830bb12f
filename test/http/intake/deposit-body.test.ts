/** A large body is read as a small one is: the same values, the same record, the same refusals. */
import { expect, it } from "@jest/globals";
import fc from "fast-check";
import { readDepositBody } from "../../../src/http/intake/deposit-body.js";
import { canonicalJson } from "../../../src/core/record/canonical.js";
import { type JsonObject, type JsonValue, parseJson } from "../../../src/core/record/json.js";
import { createDigester } from "../../../src/platform/keys/ed25519.js";

const read = (text: string) => readDepositBody(Buffer.from(text), createDigester);

it("gives what the parser gives, and the record's canonical bytes apart", () => {
  fc.assert(
    fc.property(
      fc.json({ maxDepth: 4 }),
      fc.json({ maxDepth: 4 }),
      fc.boolean(),
      (record, other, isFirst) => {
        const members = [`"record": ${record}`, `"other":{"record":${other}}`];
        const text = `{ ${(isFirst ? members : members.reverse()).join(", ")} }`;
        let whole: JsonObject;
        try {
          whole = parseJson(Buffer.from(text), { numbers: "exact" }) as JsonObject;
        } catch (error) {
          expect(() => read(text)).toThrow((error as Error).message);
          return;
        }
        const { body, record: measured } = read(text);
        expect(canonicalJson(body)).toEqual(canonicalJson({ ...whole, record: null }));
        expect(Buffer.from(measured?.bytes ?? [])).toEqual(
          Buffer.from(canonicalJson(whole["record"] as JsonValue)),
        );
        expect(measured?.size).toBe(measured?.bytes.length);
      },
    ),
    { numRuns: 300 },
  );
});

it("finds a record only where a record stands", () => {
  for (const text of ['[{"record":1}]', '{"a":{"record":[1]}}', '"record"', "1", "[]", "{}"])
    expect(read(text)).toEqual({ body: parseJson(Buffer.from(text), { numbers: "exact" }) });
  expect(read('{"record":{"record":{"b":1,"a":[]}},"x":[]}')).toMatchObject({
    body: { record: null, x: [] },
  });
});

it("refuses as the parser does, and a crowd of values beside the record", () => {
  for (const [text, code] of [
    ['{"record":1,"record":2}', "json-duplicate-key"],
    ['{"record":{"a":1,"a":2}}', "json-duplicate-key"],
    ['{"record":[1', "json-syntax"],
    ['{"record":1} x', "json-trailing-bytes"],
    [`{"metadata":[${"0,".repeat(2000)}0],"record":1}`, "json-too-many-values"],
  ] as const)
    expect(() => read(text)).toThrow(expect.objectContaining({ code }));
  expect(read(`{"record":[${"0,".repeat(5000)}0]}`).record?.size).toBe(10_003);
});

it("refuses a record that is larger in its one spelling than one that verifies", () => {
  const text = (count: number) => `{"record":[${Array(count).fill("1e20").join()}]}`;
  const [least, most] = [1_525_202, 33_554_432];
  expect(() => read(text(least))).toThrow(expect.objectContaining({ code: "file-too-large" }));
  expect(read(text(least - 1)).record?.size).toBeLessThanOrEqual(most);
});
