/** Words in both languages, with `{placeholders}` of a closed list for what a certificate puts in. */
import { ParseError } from "../../../../core/errors.js";
import { readObject, readString, type Reader } from "../../../../core/record/reader.js";

export type Language = "zh" | "en";
/** Both languages always stand side by side; the certificate's language comes first and larger. */
export type Words = Readonly<Record<Language, string>>;

export const otherThan = (language: Language): Language => (language === "zh" ? "en" : "zh");

const PLACEHOLDER = /\{([^{}]*)\}/g;

/** Words that may name these placeholders and no others. */
export function readWords(...placeholders: readonly string[]): Reader<Words> {
  const read = readText(...placeholders);
  return (value, field) => readObject(value, field, { required: { zh: read, en: read } });
}

export function readText(...placeholders: readonly string[]): Reader<string> {
  return (value, field) => {
    const text = readString(value, field);
    const want =
      placeholders.length > 0 ? placeholders.map((name) => `{${name}}`).join(", ") : "no placeholder";
    if (text === "") throw new ParseError("value-range", "no text", { field, got: '""', want: "words" });
    for (const [whole, name = ""] of text.matchAll(PLACEHOLDER))
      if (!placeholders.includes(name))
        throw new ParseError("value-range", "a placeholder that stands for nothing here", {
          field,
          got: whole,
          want,
        });
    if (/[{}]/.test(text.replaceAll(PLACEHOLDER, "")))
      throw new ParseError("value-range", "a brace that is no placeholder", {
        field,
        got: text.slice(0, 80),
        want,
      });
    return text;
  };
}

type Piece = { readonly text: string } | { readonly name: string };
const parsed = new Map<string, readonly Piece[]>();

/** `{name}` replaced by its value; a name without a value is a mistake of ours, since templates are read strictly. */
export function fill(text: string, values: Readonly<Record<string, string | number>> = {}): string {
  let filled = "";
  for (const piece of piecesOf(text)) {
    const value = "text" in piece ? piece.text : values[piece.name];
    if (value === undefined) throw new Error(`internal: no value for ${JSON.stringify(piece)}`);
    filled += value;
  }
  return filled;
}

/** The names in `text`, in their order. */
export const placeholdersOf = (text: string): readonly string[] =>
  piecesOf(text).flatMap((piece) => ("name" in piece ? [piece.name] : []));

/** Taken apart once: only a template's own words come here, so the list stays short. */
function piecesOf(text: string): readonly Piece[] {
  let pieces = parsed.get(text);
  if (pieces === undefined) {
    pieces = text.split(/(\{[^{}]+\})/).flatMap((part): Piece[] => {
      if (part === "") return [];
      return part.startsWith("{") ? [{ name: part.slice(1, -1) }] : [{ text: part }];
    });
    parsed.set(text, pieces);
  }
  return pieces;
}
