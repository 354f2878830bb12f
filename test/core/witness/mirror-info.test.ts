import { describe, expect, it } from "@jest/globals";
import { utf8 } from "../../../src/core/bytes.js";
import { encodeMirrorInfo, parseMirrorInfo } from "../../../src/core/witness/mirror-info.js";
import { expectRefusal } from "../vector-files.js";

describe("mirror-info", () => {
  it.each([
    ["0\n0\n\n", { treeSize: 0, nextEntry: 0, ticket: new Uint8Array(0) }],
    ["70000\n65792\ndGlja2V0\n", { treeSize: 70_000, nextEntry: 65_792, ticket: utf8("ticket") }],
    ["1\n9007199254740991\n\n", { treeSize: 1, nextEntry: 2 ** 53 - 1, ticket: new Uint8Array(0) }],
  ])("%j", (text, info) => {
    expect(parseMirrorInfo(utf8(text))).toEqual(info);
    expect(encodeMirrorInfo(info)).toBe(text);
  });

  it.each([
    ["nothing", ""],
    ["a size alone, as witnesses answer", "70000\n"],
    ["no ticket line", "70000\n65792\n"],
    ["no newline at the end", "70000\n65792\ndGlja2V0"],
    ["a line more", "70000\n65792\n\n\n"],
    ["text behind", "70000\n65792\n\nmore"],
    ["a size with a leading zero", "070000\n65792\n\n"],
    ["a next entry with a sign", "70000\n+1\n\n"],
    ["a size beyond 2^53", "9007199254740992\n0\n\n"],
    ["an empty size", "\n0\n\n"],
    ["a ticket without padding", "1\n0\ndGlja2V\n"],
    ["a ticket of another alphabet", "1\n0\n__8=\n"],
    ["carriage returns", "1\r\n0\r\n\r\n"],
    ["white space", "1 \n0\n\n"],
  ])("refused: %s", (_what, text) => {
    expectRefusal(() => parseMirrorInfo(utf8(text)), "request-malformed");
  });

  it("refused: bytes that are not UTF-8", () => {
    expectRefusal(() => parseMirrorInfo(Uint8Array.of(0xff)), "utf8-invalid");
  });
});
