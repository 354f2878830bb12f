/** How much a JSON text may hold: at the bound it is read, just over it refused with its code before the rest is looked at. */
import { describe, expect, it } from "@jest/globals";
import { utf8 } from "../../src/core/bytes.js";
import { canonicalText } from "../../src/core/record/canonical-text.js";
import { canonicalRecord, canonicalRecordOf } from "../../src/core/record/content.js";
import { FORMAT_BOUNDS, parseJson, RECORD_BOUNDS } from "../../src/core/record/json.js";
import { expectRefusal } from "../core/vector-files.js";

const format = (text: string) => parseJson(utf8(text), { numbers: "canonical" });
/** An array with `values` - 1 entries: with itself so many values. */
const arrayOf = (values: number, entry = "0") =>
  `[${`${entry},`.repeat(values - 2)}${values > 1 ? entry : ""}]`;

describe("a text of one of our formats", () => {
  it("has at most 4 MiB, white space too", () => {
    expect(FORMAT_BOUNDS.bytes).toBe(4 * 1024 * 1024);
    expect(format(`1${" ".repeat(FORMAT_BOUNDS.bytes - 1)}`)).toBe(1);
    expectRefusal(() => format(`1${" ".repeat(FORMAT_BOUNDS.bytes)}`), "file-too-large");
  });

  it("is refused for its size before a byte of it is looked at", () => {
    expectRefusal(
      () => parseJson(new Uint8Array(FORMAT_BOUNDS.bytes + 1).fill(0xff), { numbers: "canonical" }),
      "file-too-large",
    );
  });

  it("has at most 100,000 values: every entry, every member's value, and the outermost", () => {
    expect(format(arrayOf(100_000))).toHaveLength(99_999);
    expectRefusal(() => format(arrayOf(100_001)), "json-too-many-values");
    // Two values an entry: an object and its member's.
    expect(format(`[${'{"a":0},'.repeat(49_999)}0]`)).toHaveLength(50_000);
    expectRefusal(() => format(`[${'{"a":0},'.repeat(49_999)}0,0]`), "json-too-many-values");
  });

  it("is refused where the value too many would begin, whatever stands there", () => {
    const full = arrayOf(100_000).slice(0, -1);
    for (const rest of [",0]", ",]", ",x", ",", ",1.0]"])
      expectRefusal(() => format(full + rest), "json-too-many-values");
    for (const rest of ["", "x", "}"]) expectRefusal(() => format(full + rest), "json-syntax");
    expectRefusal(() => format(`${full}]x`), "json-trailing-bytes");
  });
});

describe("a JSON record", () => {
  const record = (text: string) => canonicalRecord(utf8(text)).length;

  it("may hold what a deposit of 10 MiB can hold: two bytes a value", () => {
    expect(2 * RECORD_BOUNDS.values).toBe(10 * 1024 * 1024);
    const read = (text: string, values: number) =>
      canonicalText(utf8(text), { numbers: "exact", bounds: { ...RECORD_BOUNDS, values } }).length;
    expect(read(arrayOf(1000), 1000)).toBe(1999);
    expectRefusal(() => read(arrayOf(1000), 999), "json-too-many-values");
  });

  it("has at most 32 MiB as it is given", () => {
    expect(record(`1${" ".repeat(RECORD_BOUNDS.bytes - 1)}`)).toBe(1);
    expectRefusal(() => record(`1${" ".repeat(RECORD_BOUNDS.bytes)}`), "file-too-large");
  });

  it("may not grow beyond that where it is spelled anew: what is deposited must verify", () => {
    const most = "x".repeat(RECORD_BOUNDS.bytes - 2);
    expect(canonicalRecordOf(most)).toHaveLength(RECORD_BOUNDS.bytes);
    expectRefusal(() => canonicalRecordOf(`${most}x`), "file-too-large");
  });

  it("has a bound on members that are open at one time, and may have any number one after the other", () => {
    const bounds = { ...RECORD_BOUNDS, members: 3 };
    const read = (text: string) => canonicalText(utf8(text), { numbers: "exact", bounds }).length;
    expect(read('[{"a":0,"b":{"c":0}},{"a":0,"b":0,"c":0},{"a":0}]')).toBe(49);
    expectRefusal(() => read('{"a":0,"b":{"c":0,"d":'), "json-too-many-members");
    // A deposit of 10 MiB has no room for more in one object: eight bytes each, but for the shortest names.
    expect(RECORD_BOUNDS.members).toBeGreaterThan((10 * 1024 * 1024) / 8 + 20_000);
  });
});
