/** The certificate's pages, section by section, as the template's layout orders them. */
import type { CertificateContent, FieldRow } from "../content/content.js";
import { type ColourName, numberedSections, type Section, type SectionId } from "../template/layout.js";
import { drawQrCode } from "./qr-code.js";
import type { Paragraph } from "../content/paragraph.js";
import type { Plate, Plates } from "./plates.js";
import { type Cell, Sheet } from "./sheet.js";
import type { Surface, TextStyle } from "./surface.js";
import { drawLines, heightOf, type TextLine, type TextLines } from "./text-lines.js";
import type { Typesetter } from "./typesetter.js";
import { ORDINALS } from "../template/wording.js";
import { fill } from "../template/words.js";

const CODE_SIDE = 80;
/** Between the code, the ways to verify and the seal. */
const GAP = 12;

export interface Drawing {
  readonly content: CertificateContent;
  readonly plates: Plates;
  readonly typesetter: Typesetter;
  readonly verifyUrl: string;
}

export interface DrawnPages {
  readonly pages: readonly Surface[];
  /** Where the seal stands on the first page, by its top left corner. */
  readonly seal: { readonly x: number; readonly y: number };
}

export function drawPages(drawing: Drawing): DrawnPages {
  const { content, plates, typesetter } = drawing;
  const { template } = content;
  const sheet = new Sheet({
    template,
    typesetter,
    background: plates.page.name,
    continued: (surface, y) => drawContinuedHead(surface, content, y),
  });
  const pen: Pen = { ...drawing, sheet, texts: plates.texts };
  drawHead(pen);
  const seal = drawVerifyAtFoot(pen);
  numberedSections(template.layout).forEach((id, i) => {
    const section = template.layout.sections.find((other) => other.id === id);
    if (section !== undefined) drawSection(pen, section, i);
  });
  drawPageNumbers(sheet.pages, content);
  return { pages: sheet.pages, seal };
}

interface Pen extends Drawing {
  readonly sheet: Sheet;
  readonly texts: TextLines;
}

/** Emblem, whose service this is, the title, the number and the statement. */
function drawHead({ sheet, content, plates, texts }: Pen): void {
  const { surface } = sheet;
  const { layout, wording } = content.template;
  const { sizes } = layout;
  const { language, other } = content;
  surface.place(plates.emblem.name, sheet.left, sheet.y);
  sheet.y += plates.emblem.height;
  const service = content.service();
  const serviceStyle: TextStyle = { face: "regular", size: sizes.service, colour: "grey" };
  const named = `${service[language]}  ·  ${service[other]}`;
  drawCentred(surface, texts.lines(named, sheet.width, serviceStyle, 1.4), layout.page.width / 2, sheet);
  surface.place(plates.title.name, sheet.left, sheet.y);
  sheet.y += plates.title.height;

  const small: TextStyle = { face: "regular", size: sizes.head, colour: "grey" };
  const mono: TextStyle = { face: "mono", size: sizes.head - 0.4, colour: "ink" };
  const baseline = sheet.y + 9;
  const numberLabel = `${content.pairText(wording.certificateNumber)} `;
  surface.text(numberLabel, sheet.left, baseline, small);
  const { id } = content.subject.evidence.statement;
  surface.text(id, sheet.left + surface.width(numberLabel, small), baseline, mono);
  const issued = content.row("issuedAt")?.value[0]?.text ?? "";
  surface.right(issued, sheet.left + sheet.width, baseline, mono);
  const issuedLabel = `${content.pairText(wording.issued)}  `;
  surface.right(issuedLabel, sheet.left + sheet.width - surface.width(issued, mono), baseline, small);
  sheet.y += 20;

  const statement = content.statement();
  const isChinese = language === "zh";
  const body: TextStyle = { face: "regular", size: isChinese ? sizes.body : sizes.bodyLatin, colour: "ink" };
  const beside: TextStyle = { face: "regular", size: sizes.bodyBeside, colour: "grey" };
  // A Chinese paragraph begins two characters in.
  const indent = isChinese ? "\u2003\u2003" : "";
  sheet.block(texts.justified(`${indent}${statement[language]}`, sheet.width, body, 1.52));
  sheet.y += 3;
  sheet.block(texts.justified(statement[other], sheet.width, beside, 1.42));
}

function drawContinuedHead(surface: Surface, content: CertificateContent, y: number): number {
  const { layout, wording } = content.template;
  const { left, width, right } = layout.page;
  const { head } = layout.sizes;
  surface.text(wording.title[content.language], left, y + 6, { face: "bold", size: head, colour: "navy" });
  const { id } = content.subject.evidence.statement;
  surface.right(id, width - right, y + 6, { face: "mono", size: head, colour: "grey" });
  surface.horizontal(left, y + 13, width - left - right, 0.8, "gold");
  return y + 18;
}

function drawSection(pen: Pen, section: Section, index: number): void {
  const { sheet, content, plates } = pen;
  switch (section.kind) {
    case "fields": {
      const rows = (section.rows ?? []).flatMap((row) => content.row(row) ?? []);
      if (rows.length === 0) return;
      const cells = rows.map((row) => fieldCells(pen, row));
      const heights = cells.map((row) => sheet.rowHeight(row));
      const following = section.together ? heights.reduce((sum, height) => sum + height) : (heights[0] ?? 0);
      drawBar(pen, section.id, index, following);
      cells.forEach((row, i) => sheet.row(row, { stripe: i % 2 === 0 }));
      return;
    }
    case "cosigners":
      return drawCosigners(pen, section.id, index);
    case "steps":
      return drawPlates(pen, section.id, index, plates.offline);
    case "paragraphs":
      return drawPlates(pen, section.id, index, plates.limits);
    case "verify":
  }
}

function drawBar({ sheet, content }: Pen, id: SectionId, index: number, following: number): void {
  const words = content.template.wording.sections[id];
  const ordinal = content.language === "zh" ? `${ORDINALS[index] ?? index + 1}、` : `${index + 1}. `;
  sheet.bar({ first: `${ordinal}${words[content.language]}`, beside: words[content.other] }, following);
}

function fieldCells({ sheet, content, texts }: Pen, { label, value }: FieldRow): Cell[] {
  const { labelWidth, padding } = content.template.layout.fields;
  return [
    { x: padding, block: texts.label(label, content.language, labelWidth - padding - 4) },
    { x: labelWidth, block: texts.cell(value, sheet.width - labelWidth - padding) },
  ];
}

function drawCosigners(pen: Pen, id: SectionId, index: number): void {
  const { sheet, content, texts } = pen;
  const { cosignerColumns: columns } = content.template.wording;
  const { cosigners, fields } = content.template.layout;
  const starts: number[] = [];
  let start = fields.padding;
  for (const width of cosigners.widths) {
    starts.push(start);
    start += width;
  }
  const cell = (i: number, paragraphs: readonly Paragraph[], colour?: ColourName): Cell => ({
    x: starts[i] ?? 0,
    block: texts.cell(paragraphs, (cosigners.widths[i] ?? 0) - fields.padding, colour),
  });
  const head = [columns.organisation, columns.role, columns.node, columns.time, columns.counted].map(
    (words, i) => cell(i, content.fixedPair(words), "navy"),
  );
  const rows = content
    .cosigners()
    .map(({ organisation, role, node, time, counted, isCounted }) => [
      cell(0, [organisation]),
      cell(1, role),
      cell(2, [node]),
      cell(3, time),
      cell(4, counted, isCounted ? "counted" : "excluded"),
    ]);
  drawBar(pen, id, index, sheet.rowHeight(head) + sheet.rowHeight(rows[0] ?? []));
  sheet.row(head);
  rows.forEach((row, i) => {
    // The columns are named again on every page.
    if (sheet.need(sheet.rowHeight(row))) sheet.row(head);
    sheet.row(row, { stripe: i % 2 === 0 });
  });
}

/** Above the first and below the last of a list of steps. */
const STEPS_GAP = 5;

function drawPlates(pen: Pen, id: SectionId, index: number, list: readonly Plate[]): void {
  const { sheet } = pen;
  // A heading never stands with less than two steps.
  drawBar(pen, id, index, STEPS_GAP + (list[0]?.height ?? 0) + (list[1]?.height ?? 0));
  sheet.y += STEPS_GAP;
  for (const { name, height } of list) {
    sheet.need(height);
    sheet.surface.place(name, sheet.left, sheet.y);
    sheet.y += height;
  }
}

/**
 * At the foot of the first page, whatever the length of what comes before: the code at the left, the ways to verify
 * beside it and the address below, the seal at the right with whose it is and the day.
 */
function drawVerifyAtFoot({ sheet, content, texts, verifyUrl }: Pen): DrawnPages["seal"] {
  const { layout, wording } = content.template;
  const { sizes } = layout;
  const { side } = layout.seal;
  const { surface } = sheet;
  const { language, other } = content;
  const width = sheet.width - CODE_SIDE - side - 2 * GAP;
  const ways = content
    .waysToVerify()
    .flatMap((words, index) => texts.step(words, { first: language, index, width }));
  const addressStyle: TextStyle = { face: "mono", size: sizes.mono, colour: "navy" };
  const address = texts.lines(verifyUrl, sheet.width - side - GAP, addressStyle, 1.4);
  const heading = 15;
  const nameStyle: TextStyle = { face: "bold", size: sizes.value, colour: "ink" };
  const dayStyle: TextStyle = { face: "regular", size: sizes.small + 0.5, colour: "grey" };
  const below = [
    ...texts.lines(content.service()[language], side, nameStyle, 1.25),
    ...texts.lines(content.issueDay(), side, dayStyle, 1.4),
  ];
  const left = Math.max(CODE_SIDE, heading + heightOf(ways)) + 3 + heightOf(address);
  const height = Math.max(left, side + 3 + heightOf(below));
  const seal = { x: sheet.left + sheet.width - side, y: 0 };
  sheet.atFoot(height + 10, () => {
    const top = (seal.y = sheet.y + 8);
    surface.frame(sheet.left, top, CODE_SIDE, CODE_SIDE, 0.8, "gold");
    drawQrCode(surface, verifyUrl, sheet.left, top, CODE_SIDE);
    const x = sheet.left + CODE_SIDE + GAP;
    const title: TextStyle = { face: "bold", size: sizes.bar, colour: "navy" };
    const words = wording.sections.verify;
    surface.text(words[language], x, top + 9, title);
    const beside: TextStyle = { face: "regular", size: sizes.barBeside, colour: "grey" };
    surface.text(words[other], x + surface.width(words[language], title) + 8, top + 9, beside);
    drawLines(surface, ways, x, top + heading);
    drawLines(surface, address, sheet.left, top + left - heightOf(address));
    sheet.y = top + side + 3;
    drawCentred(surface, below, seal.x + side / 2, sheet);
  });
  return seal;
}

/** Lines of one part, one below the other from where the sheet stands. */
function drawCentred(surface: Surface, lines: readonly TextLine[], middle: number, sheet: Sheet): void {
  for (const { parts, height, size } of lines) {
    for (const { text, style } of parts) surface.centred(text, middle, sheet.y + 0.86 * size, style);
    sheet.y += height;
  }
}

function drawPageNumbers(surfaces: readonly Surface[], content: CertificateContent): void {
  const { layout, wording } = content.template;
  const { page, sizes } = layout;
  const style: TextStyle = { face: "regular", size: sizes.small - 0.5, colour: "grey" };
  surfaces.forEach((surface, i) => {
    const numbers = { page: i + 1, pages: surfaces.length };
    const text = `${fill(wording.page[content.language], numbers)}  ·  ${fill(wording.page[content.other], numbers)}`;
    surface.centred(text, page.width / 2, page.height - page.bottom + 35, style);
  });
}
