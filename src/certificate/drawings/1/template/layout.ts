/**
 * `layout.json`: which sections and rows a certificate has, in which order, and how they look. Lengths are in points.
 * docs/operation.md, "The certificate's template".
 */
import { ParseError } from "../../../../core/errors.js";
import type { JsonValue } from "../../../../core/record/json.js";
import {
  readArray,
  readBoolean,
  readInteger,
  readLiteral,
  readNumber,
  readObject,
  readOneOf,
  readString,
  type Reader,
} from "../../../../core/record/reader.js";
import { FIELD_NAMES } from "./field-catalogue.js";
import { readWords } from "./words.js";

export const FACE_NAMES = ["regular", "bold", "mono"] as const;
export type FaceName = (typeof FACE_NAMES)[number];

const COLOURS = [
  "ink",
  "navy",
  "grey",
  "pale",
  "gold",
  "rule",
  "stripe",
  "white",
  "wave",
  "seal",
  "counted",
  "excluded",
] as const;
export type ColourName = (typeof COLOURS)[number];

const SIZES = [
  "service",
  "title",
  "titleLatin",
  "subtitle",
  "head",
  "body",
  "bodyLatin",
  "bodyBeside",
  "bar",
  "barBeside",
  "label",
  "labelBeside",
  "value",
  "mono",
  "small",
] as const;

export const SECTION_IDS = [
  "subject",
  "times",
  "verify",
  "position",
  "cosigners",
  "quorum",
  "technique",
  "offline",
  "limits",
] as const;
export type SectionId = (typeof SECTION_IDS)[number];

export const ROW_IDS = [
  "depositor",
  "creditCode",
  "recordType",
  "name",
  "clientRef",
  "source",
  "content",
  "sha256",
  "sm3",
  "chain",
  "createdAt",
  "receivedAt",
  "sealedAt",
  "finalAt",
  "timestamps",
  "issuedAt",
  "leafHash",
  "previous",
  "batch",
  "batchRoot",
  "leaf",
  "origin",
  "entry",
  "checkpointRoot",
  "quorumRule",
  "quorumResult",
  "interest",
  "checks",
  "trustFile",
  "algorithms",
  "signature",
  "renewal",
  "software",
  "config",
  "clockOffset",
  "issuer",
  "template",
] as const;
export type RowId = (typeof ROW_IDS)[number];

/** The code that draws a layout, by its number: this one. */
const DRAWING = 1;
const MOST_RARE_FACES = 6;
const SHORTEST_PAGE = 400;

export type Layout = ReturnType<typeof readLayoutObject>;
export type Section = Layout["sections"][number];
/** A row by its id, or an operator's own. */
export type LayoutRow = NonNullable<Section["rows"]>[number];

/** Throws `ParseError` with the member that is wrong. */
export function readLayout(value: JsonValue): Layout {
  const layout = readLayoutObject(value);
  const { page, fields, faces, cosigners, sections, seal } = layout;
  const width = page.width - page.left - page.right;
  const refuse = (field: string, message: string, got: number, want: string) => {
    throw new ParseError("value-range", message, { field, got: String(got), want });
  };
  if (width < SHORTEST_PAGE)
    refuse("/page", "too little room between the margins", width, `${SHORTEST_PAGE} or more`);
  const height = page.height - page.top - page.bottom;
  if (height < SHORTEST_PAGE)
    refuse("/page", "too little room between head and foot", height, `${SHORTEST_PAGE} or more`);
  if (fields.labelWidth > width / 2)
    refuse("/fields/labelWidth", "labels too wide", fields.labelWidth, `at most ${width / 2}`);
  if (cosigners.widths.length !== COSIGNER_COLUMNS)
    refuse(
      "/cosigners/widths",
      "not one width a column",
      cosigners.widths.length,
      `${COSIGNER_COLUMNS} widths`,
    );
  const rare = faces.rare?.length ?? 0;
  if (rare > MOST_RARE_FACES) refuse("/faces/rare", "too many faces", rare, `at most ${MOST_RARE_FACES}`);
  const sum = cosigners.widths.reduce((total, column) => total + column);
  if (sum > width) refuse("/cosigners/widths", "columns wider than the page", sum, `at most ${width}`);
  if (seal.side > width / 4) refuse("/seal/side", "a seal too wide", seal.side, `at most ${width / 4}`);
  refuseTwice(
    sections.map(({ id }, i) => [id, `/sections/${i}/id`]),
    "a section",
  );
  refuseTwice(
    sections.flatMap(({ rows = [] }, i) =>
      rows.flatMap((row, j) => (typeof row === "string" ? [[row, `/sections/${i}/rows/${j}`] as const] : [])),
    ),
    "a row",
  );
  sections.forEach(({ kind, rows }, i) => {
    if ((kind === "fields") !== (rows !== undefined))
      throw new ParseError("member-unknown", "rows are for a section of kind fields, and it needs them", {
        field: `/sections/${i}/rows`,
        got: kind,
        want: "fields",
      });
  });
  // It holds the field of the signature.
  const verify = sections.filter(({ kind }) => kind === "verify").length;
  if (verify !== 1) refuse("/sections", "sections of kind verify", verify, "exactly 1");
  return layout;
}

const COSIGNER_COLUMNS = 5;

/** The sections that have a number, in their order: that of kind verify stands at the foot of the first page. */
export const numberedSections = ({ sections }: Layout): readonly SectionId[] =>
  sections.filter(({ kind }) => kind !== "verify").map(({ id }) => id);

function refuseTwice(names: readonly (readonly [string, string])[], what: string): void {
  const seen = new Set<string>();
  for (const [name, field] of names) {
    if (seen.has(name))
      throw new ParseError("value-range", `${what} twice`, { field, got: name, want: "each once" });
    seen.add(name);
  }
}

function readBetween(min: number, max: number): Reader<number> {
  return (value, field) => {
    const number = readNumber(value, field);
    if (number < min || number > max)
      throw new ParseError("value-range", "a number out of range", {
        field,
        got: String(number),
        want: `${min} to ${max}`,
      });
    return number;
  };
}

function readMatching(pattern: RegExp, want: string): Reader<string> {
  return (value, field) => {
    const text = readString(value, field);
    if (!pattern.test(text))
      throw new ParseError("value-range", "a text of another form", { field, got: text.slice(0, 80), want });
    return text;
  };
}

const readColour = readMatching(/^#[0-9a-f]{6}$/, "#rrggbb in lower case");
const readFontName = readMatching(/^(?:[\w-]+\/)*[\w-]+\.ttf$/, "a name under templates/, as fonts/NAME.ttf");

/** An object with each of these members, all read alike. */
export function readEach<Name extends string, T>(names: readonly Name[], read: Reader<T>) {
  const required = Object.fromEntries(names.map((name) => [name, read])) as Record<Name, Reader<T>>;
  return (value: JsonValue, field: string): Readonly<Record<Name, T>> =>
    readObject(value, field, { required }) as Readonly<Record<Name, T>>;
}

const readRow: Reader<RowId | ReturnType<typeof readOwnRow>> = (value, field) =>
  typeof value === "string" ? readOneOf(...ROW_IDS)(value, field) : readOwnRow(value, field);

const readOwnRow = (value: JsonValue, field: string) =>
  readObject(value, field, { required: { label: readWords(), value: readWords(...FIELD_NAMES) } });

const readSection = (value: JsonValue, field: string) =>
  readObject(value, field, {
    required: {
      id: readOneOf(...SECTION_IDS),
      kind: readOneOf("fields", "cosigners", "verify", "steps", "paragraphs"),
    },
    optional: {
      rows: readArray(readRow),
      /** Begun on a new page where it does not fit whole. */
      together: readBoolean,
    },
  });

const readLayoutObject = (value: JsonValue) =>
  readObject(value, "", {
    required: {
      type: readLiteral("cunzheng/certificate-layout@v1"),
      drawing: readInteger({ min: DRAWING, max: DRAWING }),
      page: readEach(["width", "height", "left", "right", "top", "bottom"], readBetween(20, 3000)),
      faces: (members, field) =>
        readObject(members, field, {
          required: { regular: readFontName, bold: readFontName, mono: readFontName },
          /** Opened when a character comes that none of the three has; the first that has it draws it. */
          optional: { rare: readArray(readFontName) },
        }),
      colours: readEach(COLOURS, readColour),
      sizes: readEach(SIZES, readBetween(5, 60)),
      fields: (members, field) =>
        readObject(members, field, {
          required: {
            labelWidth: readBetween(60, 400),
            padding: readBetween(0, 40),
            rowPadding: readBetween(0, 20),
            lineHeight: readBetween(1, 3),
          },
        }),
      seal: (members, field) => readObject(members, field, { required: { side: readBetween(60, 200) } }),
      signature: (members, field) =>
        readObject(members, field, { required: { reservedBytes: readInteger({ min: 4096, max: 65_536 }) } }),
      cosigners: (members, field) =>
        readObject(members, field, { required: { widths: readArray(readBetween(30, 400)) } }),
      sections: readArray(readSection),
    },
  });
