/** The cases of test/vectors/evidence/ about texts that differ from what was deposited in what mail programs and editors change. */
import { utf8 } from "../../src/core/bytes.js";
import { digestContent, encodeDigests } from "../../src/core/digest/digests.js";
import { encodeEvidence } from "../../src/core/evidence/evidence.js";
import type { TextForm } from "../../src/core/record/text-forms.js";
import type { EvidenceCase } from "./evidence-cases.js";
import { sampleEvidence, statement } from "./sample-world.js";

function given(
  why: string,
  deposited: string,
  record: string,
  form?: TextForm | "not looked for",
): EvidenceCase {
  const { digests, size } = digestContent(utf8(deposited));
  const { canonicalization: _, ...rest } = statement({
    digests: encodeDigests(digests),
    size,
    mediaType: "text/plain",
  });
  const notice =
    form === undefined
      ? [{ code: "record-agrees-in-no-other-form" }]
      : [{ code: "record-agrees-in-another-form", form: form as TextForm }];
  return {
    why,
    evidence: encodeEvidence(sampleEvidence({ statement: rest }).evidence),
    record: utf8(record),
    verdict: "refused",
    failed: {
      "record-digest": utf8(record).length === size ? "record-sha-256" : "record-size",
    },
    recordNotices: form === "not looked for" ? [] : notice,
  };
}

const UNIX = "示例借款合同\n第一条\n第二条\n";
const WINDOWS = UNIX.replaceAll("\n", "\r\n");
const MIXED = "first\nsecond\r\nthird\r";
const MARK = "\ufeff";

export function recordFormCases(): Readonly<Record<string, EvidenceCase>> {
  return {
    "record-with-other-line-ends_fail": given("a mail program wrote CRLF", UNIX, WINDOWS, { lineEnds: "LF" }),
    "record-of-crlf-with-other-line-ends_fail": given("version control wrote LF", WINDOWS, UNIX, {
      lineEnds: "CRLF",
    }),
    "record-of-cr-with-other-line-ends_fail": given(
      "of the size that was deposited, and of other line ends",
      UNIX.replaceAll("\n", "\r"),
      UNIX,
      { lineEnds: "CR" },
    ),
    "record-with-mixed-line-ends_fail": given(
      "CR LF is one line end, and a CR before something else is one too",
      MIXED.replaceAll(/\r\n|\r/g, "\n"),
      MIXED,
      { lineEnds: "LF" },
    ),
    "record-without-its-byte-order-mark_fail": given("mixed line ends are kept", MARK + MIXED, MIXED, {
      byteOrderMark: "added",
    }),
    "record-with-a-byte-order-mark_fail": given("an editor put a mark before it", UNIX, MARK + UNIX, {
      byteOrderMark: "removed",
    }),
    "record-without-its-last-newline_fail": given(
      "what is added is of the kind of the line end before it",
      WINDOWS,
      WINDOWS.slice(0, -2),
      { lastNewline: "added" },
    ),
    "record-with-one-newline-more_fail": given("CR LF goes as a whole", WINDOWS.slice(0, -2), WINDOWS, {
      lastNewline: "removed",
    }),
    "record-of-one-line-without-its-crlf_fail": given(
      "where it has no line end, LF is added, and then CRLF and CR",
      "one line\r\n",
      "one line",
      { lineEnds: "CRLF", lastNewline: "added" },
    ),
    "record-with-everything-changed_fail": given(
      "mark, line ends and the last newline at once",
      UNIX,
      MARK + WINDOWS.slice(0, -2),
      { lineEnds: "LF", byteOrderMark: "removed", lastNewline: "added" },
    ),
    "record-of-other-words_fail": given("of the size, and another text", UNIX, UNIX.replace("第一", "第三")),
    "record-without-two-newlines_fail": given(
      "one newline is tried and no more",
      `${UNIX}\n`,
      UNIX.trimEnd(),
    ),
    "record-that-is-no-text_fail": given(
      "what has a control character is no text, and nothing is said of its forms",
      `\u0000${UNIX}`,
      `\u0000${WINDOWS}`,
      "not looked for",
    ),
  };
}
