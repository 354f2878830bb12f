/**
 * What of a certificate is the same in every one of a template and language, drawn and compressed once: the frame with
 * the words at its foot, the title, the numbered steps and paragraphs, the seal. Each is a form that pages place where it belongs.
 */
import { drawEmblem, framePath } from "./ornament.js";
import type { PdfReference, Precast } from "../pdf/pdf-objects.js";
import { type Mould, precast } from "../pdf/precast.js";
import { drawSealBase } from "./seal.js";
import { Surface, type TextStyle } from "./surface.js";
import type { Template } from "../../../template/template.js";
import { wordsIn } from "../template/template-texts.js";
import { drawLines, heightOf, TextLines } from "./text-lines.js";
import { type PinnedFonts, pinFonts } from "./typesetter.js";
import { type Language, otherThan, type Words } from "../template/words.js";

export interface Plate {
  /** Among the forms of a page. */
  readonly name: string;
  readonly height: number;
}

export interface Plates {
  /** The fonts of the template's words, and the lines made of these. */
  readonly pinned: PinnedFonts;
  readonly texts: TextLines;
  readonly cast: Precast;
  readonly outputIntents: readonly PdfReference[];
  /** Those fonts by name. */
  readonly fonts: Readonly<Record<string, PdfReference>>;
  /** Every plate by name: what a page has for XObjects. */
  readonly forms: PdfReference;
  readonly page: Plate;
  readonly emblem: Plate;
  readonly title: Plate;
  readonly offline: readonly Plate[];
  readonly limits: readonly Plate[];
  /** The seal without the name of whose it is. */
  readonly seal: PdfReference;
}

const EMBLEM_RADIUS = 20;
const EMBLEM_HEIGHT = 44;
const TITLE_HEIGHT = 66;
const RULE_WIDTH = 330;
const COMMAND_INDENT = 16;

const made = new WeakMap<Template, Partial<Record<Language, Plates>>>();

export function platesOf(template: Template, language: Language): Plates {
  let byLanguage = made.get(template);
  if (byLanguage === undefined) made.set(template, (byLanguage = {}));
  return (byLanguage[language] ??= castPlates(template, language));
}

function castPlates(template: Template, language: Language): Plates {
  const { wording, layout, faces } = template;
  const { page, seal } = layout;
  const width = page.width - page.left - page.right;
  const pinned = pinFonts(faces, wordsIn(wording, layout, language));
  const texts = new TextLines(template, pinned);
  const { cast, made: plates } = precast((mould) => {
    const fonts = Object.fromEntries(Object.values(pinned).map((font) => [font.name, font.finish(mould)]));
    const pen: Pen = { texts, mould, resources: dictionary(mould, { Font: fonts }) };
    const forms: Record<string, PdfReference> = {};
    const add = (name: string, box: readonly [number, number], draw: (surface: Surface) => void): Plate => {
      forms[name] = formOf(pen, box, draw);
      return { name, height: box[1] };
    };
    const steps = (letter: string, list: readonly StepWords[]): Plate[] =>
      list.map((step, index) => {
        const block = stepBlock(texts, step, { first: language, index, width });
        return add(`${letter}${index + 1}`, [width, block.height], block.draw);
      });
    return {
      fonts,
      outputIntents: mould.outputIntents(),
      page: add("Page", [page.width, page.height], (surface) => drawBackground(surface, language)),
      emblem: add("Emblem", [width, EMBLEM_HEIGHT], (surface) =>
        drawEmblem(surface, width / 2, 18, EMBLEM_RADIUS),
      ),
      title: add("Title", [width, TITLE_HEIGHT], (surface) => drawTitle(surface, language, width)),
      offline: steps("S", wording.offline),
      limits: steps("R", wording.limits),
      seal: castSeal(pen, seal.side),
      forms: dictionary(mould, forms),
    };
  });
  return { pinned, texts, cast, ...plates };
}

/** What a plate is drawn with. */
interface Pen {
  readonly texts: TextLines;
  readonly mould: Mould;
  readonly resources: PdfReference;
}

function formOf(
  { texts, mould, resources }: Pen,
  box: readonly [number, number],
  draw: (surface: Surface) => void,
): PdfReference {
  const typesetter = texts.typesetter();
  const surface = new Surface(texts.template, typesetter);
  draw(surface);
  if (typesetter.isLoose)
    throw new Error("internal: a plate with a character that no font of the template has");
  return mould.form(surface.operators, box, resources);
}

function dictionary(mould: Mould, members: object): PdfReference {
  const reference = mould.ref(members);
  reference.end();
  return reference;
}

/** The operator's picture, or the sample without its name. */
function castSeal(pen: Pen, side: number): PdfReference {
  const { mould } = pen;
  const { seal } = pen.texts.template;
  if (seal === undefined) return formOf(pen, [side, side], (surface) => drawSealBase(surface, side));
  const { side: pixels, colours, alpha } = seal;
  const image = { Type: "XObject", Subtype: "Image", Width: pixels, Height: pixels, BitsPerComponent: 8 };
  const mask = mould.stream({ ...image, ColorSpace: "DeviceGray", Filter: "FlateDecode" }, alpha);
  return mould.stream({ ...image, ColorSpace: "DeviceRGB", SMask: mask, Filter: "FlateDecode" }, colours);
}

/** The frame, and at the foot of the page what a certificate proves. */
function drawBackground(surface: Surface, language: Language): void {
  const { layout, wording } = surface.template;
  const { page, sizes } = layout;
  surface.write(framePath(layout));
  const top = page.height - page.bottom + 7;
  const middle = page.width / 2;
  const style: TextStyle = { face: "regular", size: sizes.small, colour: "grey" };
  surface.horizontal(page.left, top, page.width - page.left - page.right, 0.5, "rule");
  surface.centred(wording.footer[language], middle, top + 10, style);
  surface.centred(wording.footer[otherThan(language)], middle, top + 19, {
    ...style,
    size: sizes.small - 0.5,
    colour: "pale",
  });
}

/** The title in both languages over its rule. */
function drawTitle(surface: Surface, language: Language, width: number): void {
  const { layout, wording } = surface.template;
  const { sizes } = layout;
  const middle = width / 2;
  const isChinese = language === "zh";
  surface.centred(wording.title[language], middle, 26, {
    face: "bold",
    size: isChinese ? sizes.title : sizes.titleLatin,
    colour: "navy",
    tracking: isChinese ? 5 : 0.5,
  });
  surface.centred(wording.title[otherThan(language)], middle, 45, {
    face: "regular",
    size: sizes.subtitle,
    colour: "navy",
    tracking: isChinese ? 0.9 : 3,
  });
  surface.horizontal(middle - RULE_WIDTH / 2, 54, RULE_WIDTH, 1.3, "gold");
  surface.horizontal(middle - RULE_WIDTH / 2, 56.6, RULE_WIDTH, 0.5, "gold");
}

type StepWords = Words & { readonly command?: string | undefined };

/** A step with its command on a stripe. */
function stepBlock(
  texts: TextLines,
  step: StepWords,
  { first, index, width }: { readonly first: Language; readonly index: number; readonly width: number },
): { readonly height: number; readonly draw: (surface: Surface) => void } {
  const { sizes, fields } = texts.template.layout;
  const lines = texts.step(step, { first, index, width: width - fields.padding });
  const style: TextStyle = { face: "mono", size: sizes.mono, colour: "ink" };
  const command = step.command === undefined ? [] : texts.lines(step.command, width - 40, style, 1.7);
  const [above, below] = [heightOf(lines), heightOf(command)];
  return {
    height: above + (command.length > 0 ? below + 2 : 0) + 1,
    draw: (surface) => {
      drawLines(surface, lines, fields.padding / 2, 0);
      if (command.length === 0) return;
      surface.rectangle(COMMAND_INDENT, above + 1, width - COMMAND_INDENT, below, "stripe");
      drawLines(surface, command, COMMAND_INDENT + 6, above + 1);
    },
  };
}
