/**
 * The plates of a template and language, drawn, compressed as well as can be, and written as objects once and for all:
 * a certificate puts them into its file as they are.
 */
import { zlibSync } from "fflate";
import { utf8 } from "../../core/bytes.js";
import { Surface, type TextStyle } from "../drawings/1/page/surface.js";
import { drawLines, heightOf, TextLines } from "../drawings/1/page/text-lines.js";
import { pinFonts } from "../drawings/1/page/typesetter.js";
import { PdfFile, pdfNumber, pointer, pointers } from "../drawings/1/pdf/pdf-file.js";
import type { BuiltPlates } from "../drawings/1/template/built.js";
import type { Design } from "../drawings/1/template/design.js";
import { FACE_NAMES, type FaceName } from "../drawings/1/template/layout.js";
import { type Language, otherThan, type Words } from "../drawings/1/template/words.js";
import { drawEmblem, framePath } from "./ornament.js";
import type { SealPicture } from "./seal-picture.js";
import { drawSealBase } from "./seal-sample.js";
import { srgbProfile } from "./srgb-profile.js";
import { wordsIn } from "./template-texts.js";

const EMBLEM_RADIUS = 20;
const EMBLEM_HEIGHT = 44;
const TITLE_HEIGHT = 66;
const RULE_WIDTH = 330;
const COMMAND_INDENT = 16;
/** A form has this much room above and below: letters reach a little out of their lines. */
const CLEARANCE = 6;

/** Compressed as well as can be: it is done once. */
const compress = (bytes: Uint8Array): Uint8Array => zlibSync(bytes, { level: 9 });

export function castPlates(
  design: Design,
  language: Language,
  picture: SealPicture | undefined,
): BuiltPlates {
  const { wording, layout } = design;
  const { page, seal } = layout;
  const width = page.width - page.left - page.right;
  const characters = pinnedCharacters(design, language);
  const pinned = pinFonts(design.faces, characters);
  const texts = new TextLines(design, pinned);
  const file = new PdfFile({ compress });
  const fonts = FACE_NAMES.map((face) => [pinned[face].name, pinned[face].finish(file)] as const);
  const pen: Pen = { texts, file, resources: file.add(`<<\n/Font ${pointers(fonts)}\n>>`) };
  const forms: (readonly [string, number])[] = [];
  const add = (name: string, box: Box, draw: (surface: Surface) => void): number => {
    forms.push([name, castForm(pen, box, draw)]);
    return box[1];
  };
  const steps = (letter: string, list: readonly StepWords[]): number[] =>
    list.map((step, index) => {
      const block = stepBlock(texts, step, { first: language, index, width });
      return add(`${letter}${index + 1}`, [width, block.height], block.draw);
    });
  const heights = {
    page: add("Page", [page.width, page.height], (surface) => drawBackground(surface, language)),
    emblem: add("Emblem", [width, EMBLEM_HEIGHT], (surface) =>
      drawEmblem(surface, width / 2, 18, EMBLEM_RADIUS),
    ),
    title: add("Title", [width, TITLE_HEIGHT], (surface) => drawTitle(surface, language, width)),
    offline: steps("S", wording.offline),
    limits: steps("R", wording.limits),
  };
  const ids = {
    fonts: Object.fromEntries(fonts),
    forms: file.add(pointers(forms)),
    seal: picture
      ? castPicture(file, picture)
      : castForm(pen, [seal.side, seal.side], (surface) => drawSealBase(surface, seal.side)),
    profile: file.deflated("/N 3\n/Alternate /DeviceRGB", srgbProfile()),
  };
  const { bytes, offsets } = file.cast();
  return { objects: bytes, offsets, characters, ids, heights };
}

/** By face, in the order of their numbers, so that neighbours look alike to the compression. */
function pinnedCharacters(
  { faces, wording, layout }: Design,
  language: Language,
): Readonly<Record<FaceName, string>> {
  const texts = wordsIn(wording, layout, language);
  const each = FACE_NAMES.map((face) => {
    const codePoints = new Set<number>();
    for (const text of texts[face])
      for (const character of text) codePoints.add(character.codePointAt(0) as number);
    const own = [...codePoints].filter((codePoint) => faces.named(face).glyph(codePoint).id !== 0);
    return [face, String.fromCodePoint(...own.sort((x, y) => x - y))] as const;
  });
  return Object.fromEntries(each) as Record<FaceName, string>;
}

type Box = readonly [width: number, height: number];

/** A pen is what a plate is drawn with. */
interface Pen {
  readonly texts: TextLines;
  readonly file: PdfFile;
  readonly resources: number;
}

/** A form of this size, y downwards. ISO 32000-1, section 8.10. */
function castForm(
  { texts, file, resources }: Pen,
  [width, height]: Box,
  draw: (surface: Surface) => void,
): number {
  const typesetter = texts.typesetter();
  const surface = new Surface(texts.template, typesetter);
  draw(surface);
  if (typesetter.loose.length > 0)
    throw new Error("internal: a plate with a character that no font of the template has");
  const box = [0, -CLEARANCE, width, height + CLEARANCE].map(pdfNumber).join(" ");
  return file.deflated(
    `/Type /XObject\n/Subtype /Form\n/BBox [${box}]\n/Resources ${pointer(resources)}`,
    utf8(surface.operators),
  );
}

/** The operator's picture of a seal. */
function castPicture(file: PdfFile, { side, colours, alpha }: SealPicture): number {
  const image = `/Type /XObject\n/Subtype /Image\n/Width ${side}\n/Height ${side}\n/BitsPerComponent 8`;
  const mask = file.deflated(`${image}\n/ColorSpace /DeviceGray`, alpha);
  return file.deflated(`${image}\n/ColorSpace /DeviceRGB\n/SMask ${pointer(mask)}`, colours);
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
