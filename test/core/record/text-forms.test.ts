/** A text's other forms, against the same said in strings; and that no stranger's file costs more than its bound. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { utf8 } from "../../../src/core/bytes.js";
import { coreDigester, digestContent, encodeDigests } from "../../../src/core/digest/digests.js";
import type { DescribedContent } from "../../../src/core/record/content.js";
import {
  findTextForm,
  isText,
  LONGEST_TEXT_BYTES,
  type TextForm,
} from "../../../src/core/record/text-forms.js";
import { runsOfLongProof } from "../../long-proof.js";

function describing(content: Uint8Array): DescribedContent {
  const { digests, size } = digestContent(content);
  return { digests: encodeDigests(digests), size };
}
const find = (deposited: string, given: string) =>
  findTextForm(describing(utf8(deposited)), utf8(given), coreDigester);

const SPELLINGS = { LF: "\n", CRLF: "\r\n", CR: "\r" } as const;
const LINE_END = /\r\n|\r|\n/g;

/** What a form is, in strings. */
function apply(given: string, { lineEnds, byteOrderMark, lastNewline }: TextForm): string {
  let text = given.replace(/^\ufeff/, "");
  const lastOne = text.match(LINE_END)?.at(-1) ?? "\n";
  if (lastNewline === "removed") text = text.replace(/(?:\r\n|\r|\n)$/, "");
  if (lastNewline === "added") text += lineEnds === undefined ? lastOne : SPELLINGS[lineEnds];
  if (lineEnds) text = text.replaceAll(LINE_END, SPELLINGS[lineEnds]);
  const isMarked = byteOrderMark === undefined ? given.startsWith("\ufeff") : byteOrderMark === "added";
  return (isMarked ? "\ufeff" : "") + text;
}

describe("findTextForm", () => {
  const texts = fc
    .tuple(fc.boolean(), fc.array(fc.constantFrom("a", "示", " ", "\n", "\r", "\r\n"), { maxLength: 12 }))
    .map(([isMarked, parts]) => (isMarked ? "\ufeff" : "") + parts.join(""));

  it("finds whatever form was deposited, and says what makes it of the text that was given", () => {
    fc.assert(
      fc.property(
        texts,
        fc.constantFrom(undefined, "LF", "CRLF", "CR"),
        fc.boolean(),
        fc.boolean(),
        (given, lineEnds, changesMark, changesNewline) => {
          const deposited = apply(given, {
            ...(lineEnds && { lineEnds: lineEnds as "LF" }),
            ...(changesMark && { byteOrderMark: given.startsWith("\ufeff") ? "removed" : "added" }),
            ...(changesNewline && { lastNewline: /[\r\n]$/.test(given) ? "removed" : "added" }),
          });
          fc.pre(deposited !== given);
          const form = find(deposited, given);
          expect(form).toBeDefined();
          expect(apply(given, form ?? {})).toBe(deposited);
        },
      ),
      runsOfLongProof("texts and their forms", { part: 500, whole: 2000 }),
    );
  });

  it("never calls another text a form of the one that was given", () => {
    fc.assert(
      fc.property(texts, texts, (given, deposited) => {
        const form = find(deposited, given);
        if (form) expect(apply(given, form)).toBe(deposited);
      }),
      runsOfLongProof("texts and their forms", { part: 500, whole: 2000 }),
    );
  });

  it("digests no form that is not of the size described", () => {
    let digested = 0;
    const counting: typeof coreDigester = (name) => {
      digested += 1;
      return coreDigester(name);
    };
    const given = utf8("a line\n".repeat(1000));
    expect(findTextForm({ ...describing(given), size: 12_345 }, given, counting)).toBeUndefined();
    expect(digested).toBe(0);
  });
});

describe("isText", () => {
  it("is of the bytes alone, in any encoding that keeps ASCII, up to its bound", () => {
    expect(isText(Uint8Array.of(0xca, 0xbe, 0x0a))).toBe(true);
    expect(isText(new Uint8Array(0))).toBe(true);
    expect(isText(utf8("a\tb\fc\r\n"))).toBe(true);
    for (const control of [0, 0x08, 0x0b, 0x1b, 0x1f])
      expect(isText(Uint8Array.of(0x61, control))).toBe(false);
    expect(isText(new Uint8Array(LONGEST_TEXT_BYTES).fill(0x61))).toBe(true);
    expect(isText(new Uint8Array(LONGEST_TEXT_BYTES + 1).fill(0x61))).toBe(false);
  });
});
