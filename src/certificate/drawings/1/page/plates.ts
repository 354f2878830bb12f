/**
 * What of a certificate is the same in every one of a template and language, drawn and compressed when the template was
 * built: the frame with the words at its foot, the title, the numbered steps and paragraphs, the seal. Each is a form
 * that pages place where it belongs.
 */
import type { Cast } from "../pdf/pdf-file.js";
import type { BuiltPlates } from "../template/built.js";
import type { Template } from "../template/design.js";
import type { Language } from "../template/words.js";
import { TextLines } from "./text-lines.js";
import { pinFonts } from "./typesetter.js";

export interface Plate {
  /** Among the forms of a page. */
  readonly name: string;
  readonly height: number;
}

export interface Plates {
  /** The lines made of the template's words. */
  readonly texts: TextLines;
  readonly cast: Cast;
  /** Numbers of objects: the fonts of those words by name, every plate by name, the seal without the name of whose it is. */
  readonly fonts: ReadonlyMap<string, number>;
  readonly forms: number;
  readonly seal: number;
  /** The ICC profile of the colours. */
  readonly profile: number;
  readonly page: Plate;
  readonly emblem: Plate;
  readonly title: Plate;
  readonly offline: readonly Plate[];
  readonly limits: readonly Plate[];
}

const made = new WeakMap<Template, Partial<Record<Language, Plates>>>();

export function platesOf(template: Template, language: Language): Plates {
  let byLanguage = made.get(template);
  if (byLanguage === undefined) made.set(template, (byLanguage = {}));
  return (byLanguage[language] ??= openPlates(template, template.plates[language]));
}

function openPlates(template: Template, { objects, offsets, characters, ids, heights }: BuiltPlates): Plates {
  const pinned = pinFonts(template.faces, characters);
  const steps = (letter: string, list: readonly number[]): readonly Plate[] =>
    list.map((height, i) => ({ name: `${letter}${i + 1}`, height }));
  return {
    texts: new TextLines(template, pinned),
    cast: { firstId: 1, offsets, bytes: objects },
    fonts: new Map(Object.entries(ids.fonts)),
    forms: ids.forms,
    seal: ids.seal,
    profile: ids.profile,
    page: { name: "Page", height: heights.page },
    emblem: { name: "Emblem", height: heights.emblem },
    title: { name: "Title", height: heights.title },
    offline: steps("S", heights.offline),
    limits: steps("R", heights.limits),
  };
}
