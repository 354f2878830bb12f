/** How the commands of `cunzheng consortium` speak: the words of the catalogue, foreign text made visible. */
import { type Catalogue, type Language, PUNCTUATION, visible, type Words } from "../../text/report-text.js";

export interface Speech {
  readonly language: Language;
  /** Of the catalogue's `membership`; `{name}` is replaced by the value of that name. */
  say(code: string, values?: Values): string;
  /** The same of another part of the catalogue; the code itself where that has no words for it. */
  sayOf(part: keyof Catalogue, code: string, values?: Values): string;
  /** `label: text`, the label from `membership`. */
  line(code: string, text: string, values?: Values): string;
  heading(code: string, values?: Values): string;
  readonly comma: string;
  readonly colon: string;
}

/** Strings are foreign: they are shown with whatever is invisible in them. */
export type Values = Readonly<Record<string, string | number>>;

export function speech(catalogue: Catalogue, language: Language): Speech {
  const { colon, comma } = PUNCTUATION[language];
  const sayOf: Speech["sayOf"] = (part, code, values = {}) =>
    // A function, not a text: `$&` in a foreign name is no pattern.
    (catalogue[part] as Words)[code]?.[language].replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      return value === undefined ? whole : visible(String(value));
    }) ?? visible(code);
  const say: Speech["say"] = (code, values) => sayOf("membership", code, values);
  return {
    language,
    comma,
    colon,
    say,
    sayOf,
    line: (code, text, values) => `${say(code, values)}${colon}${text}`,
    heading: (code, values) => `${say(code, values)}${colon}`.trimEnd(),
  };
}
