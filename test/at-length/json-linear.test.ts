import { expect, it } from "@jest/globals";
import { utf8 } from "../../src/core/bytes.js";
import { parseJson } from "../../src/core/record/json.js";
import { expectRefusal } from "../core/vector-files.js";

const exact = (text: string) => parseJson(utf8(text), { numbers: "exact" });

// Each of these takes an hour, or the stack, of a parser that is quadratic or recurses where it needn't.
it.each([
  ["a million digits", `1${"0".repeat(1_000_000)}1`, "json-number-altered"],
  ["a million zeros between digits", `0.${"10".repeat(500_000)}`, "json-number-altered"],
  ["a million zeros and a power that undoes them", `0.${"0".repeat(1_000_000)}1e1000001`, undefined],
  ["a million opening brackets", "[".repeat(1_000_000), "json-too-deep"],
  ["half a million escapes", `"${"\\u5b58".repeat(500_000)}"`, undefined],
  ["half a million pairs", `"${"\\ud83d\\ude00".repeat(500_000)}"`, undefined],
  [
    "half a million pairs, then half of one",
    `"${"\\ud83d\\ude00".repeat(500_000)}\\ud83d"`,
    "json-lone-surrogate",
  ],
  [
    "a hundred thousand members",
    `{${Array.from({ length: 100_000 }, (_, i) => `"n${i}":${i}`).join()}}`,
    undefined,
  ],
  [
    "a hundred thousand indexes as names",
    `{${Array.from({ length: 100_000 }, (_, i) => `"${i * 7919}":1`).join()}}`,
    undefined,
  ],
  ["a million spaces", `${" ".repeat(1_000_000)}1`, undefined],
  ["a million quotes, escaped", `"${'\\"'.repeat(1_000_000)}"`, undefined],
])("parseJson is linear in %s", (_, text, code) => {
  if (code === undefined) expect(() => exact(text)).not.toThrow();
  else expectRefusal(() => exact(text), code);
});
