/** The texts of a template that it prints as they stand: what is drawn of these is remembered. */
import type { Layout } from "./layout.js";
import type { Wording } from "./wording.js";
import type { Words } from "./words.js";

/** Every text that is printed without anything filled in, both languages side by side included. */
export function templateTexts(wording: Wording, layout: Layout): ReadonlySet<string> {
  const texts = new Set<string>();
  const add = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if (isWords(value)) {
      for (const text of [value.zh, value.en, `${value.zh} ${value.en}`, `${value.en} ${value.zh}`])
        texts.add(text);
    }
    for (const member of Object.values(value)) {
      if (typeof member === "string") texts.add(member);
      else add(member);
    }
  };
  add(wording);
  add(layout.sections);
  return texts;
}

const isWords = (value: object): value is Words => "zh" in value && "en" in value;
