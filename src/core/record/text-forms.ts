/**
 * A text's other forms: what mail programs, editors and version control make of it without anybody's doing. They change
 * line ends, put a byte order mark before it or take it away, and do the same to the newline at its end.
 * docs/evidence-format.md, section 2, "A text in another form".
 */
import type { CreateDigester } from "../digest/digester.js";
import { VerificationError } from "../errors.js";
import { type DescribedContent, verifyRecord } from "./content.js";

export type LineEnds = "LF" | "CRLF" | "CR";

/** A form says how it differs from the text that was given: what is absent is as it was given. */
export interface TextForm {
  /** All line ends of the form are of this kind. */
  readonly lineEnds?: LineEnds;
  readonly byteOrderMark?: "added" | "removed";
  readonly lastNewline?: "added" | "removed";
}

/** Longer texts are not looked at, so that a stranger's file costs no more than that. */
export const LONGEST_TEXT_BYTES = 16_777_216;

const [TAB, LF, FF, CR, SPACE] = [0x09, 0x0a, 0x0c, 0x0d, 0x20];
const BYTE_ORDER_MARK = Uint8Array.of(0xef, 0xbb, 0xbf);
const ENDS = {
  LF: Uint8Array.of(LF),
  CRLF: Uint8Array.of(CR, LF),
  CR: Uint8Array.of(CR),
} as const;
const KINDS = ["LF", "CRLF", "CR"] as const;

/**
 * Tells whether these bytes are text: at most `LONGEST_TEXT_BYTES` of them, without a control character but tab, LF,
 * FF and CR, in any encoding that keeps ASCII.
 */
export const isText = (bytes: Uint8Array): boolean =>
  bytes.length <= LONGEST_TEXT_BYTES &&
  bytes.every((byte) => byte >= SPACE || byte === TAB || byte === LF || byte === FF || byte === CR);

/**
 * Finds the first of the text's other forms that is the content described; undefined where none is. A form is made
 * and digested only where its size is the described one.
 */
export function findTextForm(
  content: DescribedContent,
  text: Uint8Array,
  create: CreateDigester,
): TextForm | undefined {
  const measured = measure(text);
  for (const form of formsOf(measured)) {
    if (sizeOf(measured, form) !== content.size) continue;
    if (isDescribed(content, makeForm(measured, form), create)) return form;
  }
  return undefined;
}

interface MeasuredText {
  /** The body is without the byte order mark. */
  readonly body: Uint8Array;
  readonly hasMark: boolean;
  readonly counts: Readonly<Record<LineEnds, number>>;
  /** The kind of its last line end, wherever that stands. */
  readonly lastKind?: LineEnds;
  readonly endsWithNewline: boolean;
}

function measure(text: Uint8Array): MeasuredText {
  const hasMark = BYTE_ORDER_MARK.every((byte, i) => text[i] === byte);
  const body = hasMark ? text.subarray(BYTE_ORDER_MARK.length) : text;
  const counts = { LF: 0, CRLF: 0, CR: 0 };
  let last: { readonly kind: LineEnds; readonly end: number } | undefined;
  eachLineEnd(body, (kind, _, end) => {
    counts[kind] += 1;
    last = { kind, end };
  });
  const found = last as { readonly kind: LineEnds; readonly end: number } | undefined;
  return {
    body,
    hasMark,
    counts,
    ...(found && { lastKind: found.kind }),
    endsWithNewline: found?.end === body.length && found.end > 0,
  };
}

function eachLineEnd(body: Uint8Array, tell: (kind: LineEnds, start: number, end: number) => void): void {
  for (let i = 0; i < body.length; i++) {
    if (body[i] === LF) tell("LF", i, i + 1);
    else if (body[i] === CR && body[i + 1] === LF) tell("CRLF", i, ++i + 1);
    else if (body[i] === CR) tell("CR", i, i + 1);
  }
}

/** Gives the forms in the order of the document: what was changed least comes first. */
function* formsOf(text: MeasuredText): Generator<TextForm> {
  const mark = text.hasMark ? "removed" : "added";
  const newline = text.endsWithNewline ? "removed" : "added";
  for (const lineEnds of [undefined, ...KINDS])
    for (const byteOrderMark of [undefined, mark] as const)
      for (const lastNewline of [undefined, newline] as const)
        if (
          lineEnds === undefined ? (byteOrderMark ?? lastNewline) : changesEnds(text, lineEnds, lastNewline)
        )
          yield {
            ...(lineEnds && { lineEnds }),
            ...(byteOrderMark && { byteOrderMark }),
            ...(lastNewline && { lastNewline }),
          };
}

/**
 * Tells whether the kind says anything: where all line ends are of it already, the form was looked at as it was
 * given.
 */
const changesEnds = ({ counts, lastKind }: MeasuredText, lineEnds: LineEnds, newline?: string): boolean =>
  lastKind === undefined
    ? newline === "added" && lineEnds !== "LF"
    : KINDS.some((kind) => kind !== lineEnds && counts[kind] > 0);

/** Gives the kind of what is added at the end: the form's kind, or that of the line end before it. */
const addedKind = ({ lastKind }: MeasuredText, { lineEnds }: TextForm): LineEnds =>
  lineEnds ?? lastKind ?? "LF";

const hasMarkIn = ({ hasMark }: MeasuredText, { byteOrderMark }: TextForm): boolean =>
  byteOrderMark === undefined ? hasMark : byteOrderMark === "added";

function sizeOf(text: MeasuredText, form: TextForm): number {
  const { body, counts, lastKind } = text;
  const { lineEnds, lastNewline } = form;
  const length = (kind: LineEnds) => ENDS[lineEnds ?? kind].length;
  const changed = KINDS.reduce((sum, kind) => sum + counts[kind] * (length(kind) - ENDS[kind].length), 0);
  const removed = lastNewline === "removed" && lastKind !== undefined ? length(lastKind) : 0;
  const added = lastNewline === "added" ? ENDS[addedKind(text, form)].length : 0;
  return (hasMarkIn(text, form) ? BYTE_ORDER_MARK.length : 0) + body.length + changed - removed + added;
}

function makeForm(text: MeasuredText, form: TextForm): Uint8Array {
  const { body } = text;
  const { lineEnds, lastNewline } = form;
  const made = new Uint8Array(sizeOf(text, form));
  let [from, to] = [0, 0];
  const put = (bytes: Uint8Array) => {
    made.set(bytes, to);
    to += bytes.length;
  };
  if (hasMarkIn(text, form)) put(BYTE_ORDER_MARK);
  eachLineEnd(body, (kind, start, end) => {
    put(body.subarray(from, start));
    if (lastNewline !== "removed" || end < body.length) put(ENDS[lineEnds ?? kind]);
    from = end;
  });
  put(body.subarray(from));
  if (lastNewline === "added") put(ENDS[addedKind(text, form)]);
  return made;
}

function isDescribed(content: DescribedContent, bytes: Uint8Array, create: CreateDigester): boolean {
  try {
    verifyRecord(content, bytes, create);
    return true;
  } catch (error) {
    if (error instanceof VerificationError) return false;
    throw error;
  }
}
