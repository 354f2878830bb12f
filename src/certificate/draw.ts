/** The certificate's pages, section by section, as the template's layout orders them. */
import { type CertificateContent, type FieldRow, type Paragraph } from "./content.js";
import { drawEmblem, drawQrCode } from "./ornament.js";
import { type PdfDocument } from "./pdf-document.js";
import { type PdfReference } from "./pdf-objects.js";
import { type Cell, heightOf, Sheet } from "./sheet.js";
import { type Surface, type TextStyle } from "./surface.js";
import { fill, type Layout, type SectionId, type Step, type Words } from "./template.js";

const ORDINALS = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
const CODE_SIDE = 80;

export interface Drawing {
  readonly document: PdfDocument;
  readonly frame: PdfReference;
  readonly content: CertificateContent;
  readonly verifyUrl: string;
}

export function drawCertificate(drawing: Drawing): void {
  const { document, frame, content } = drawing;
  const { template } = content;
  const sheet = new Sheet({
    document,
    template,
    frame,
    continued: (surface, y) => drawContinuedHead(surface, content, y),
  });
  drawHead(sheet, content);
  template.layout.sections.forEach((section, i) => {
    if (section.kind === "verify") drawVerifyAtFoot(sheet, drawing, section.id, i);
  });
  template.layout.sections.forEach((section, i) => drawSection(sheet, drawing, section, i));
  drawFooters(sheet.surface, document, content);
}

/** Emblem, whose service this is, the title, the number and the statement. */
function drawHead(sheet: Sheet, content: CertificateContent): void {
  const { surface } = sheet;
  const { layout, wording } = content.template;
  const { sizes } = layout;
  const middle = layout.page.width / 2;
  const { language, other } = content;
  drawEmblem(surface, middle, sheet.y + 18, 20);
  const service = content.service();
  const serviceStyle: TextStyle = { face: "regular", size: sizes.service, colour: "grey" };
  const serviceLines = sheet.lines(
    `${service[language]}  ·  ${service[other]}`,
    sheet.width,
    serviceStyle,
    1.4,
  );
  sheet.y += 44;
  for (const line of serviceLines) {
    surface.centred(line.parts[0]?.text ?? "", middle, sheet.y + 10, serviceStyle);
    sheet.y += line.height;
  }
  const isChinese = language === "zh";
  const title: TextStyle = {
    face: "bold",
    size: isChinese ? sizes.title : sizes.titleLatin,
    colour: "navy",
    tracking: isChinese ? 5 : 0.5,
  };
  surface.centred(wording.title[language], middle, sheet.y + 26, title);
  const subtitle: TextStyle = {
    face: "regular",
    size: sizes.subtitle,
    colour: "navy",
    tracking: isChinese ? 0.9 : 3,
  };
  surface.centred(wording.title[other], middle, sheet.y + 45, subtitle);
  const ruleWidth = 330;
  surface.horizontal(middle - ruleWidth / 2, sheet.y + 54, ruleWidth, 1.3, "gold");
  surface.horizontal(middle - ruleWidth / 2, sheet.y + 56.6, ruleWidth, 0.5, "gold");
  sheet.y += 66;

  const small: TextStyle = { face: "regular", size: sizes.head, colour: "grey" };
  const mono: TextStyle = { face: "mono", size: sizes.head - 0.4, colour: "ink" };
  const baseline = sheet.y + 9;
  const numberLabel = `${content.pairText(wording.certificateNumber)} `;
  surface.text(numberLabel, sheet.left, baseline, small);
  surface.text(
    content.subject.evidence.statement.id,
    sheet.left + surface.width(numberLabel, small),
    baseline,
    mono,
  );
  const issued = content.row("issuedAt")?.value[0]?.text ?? "";
  surface.right(issued, sheet.left + sheet.width, baseline, mono);
  const issuedLabel = `${content.pairText(wording.issued)}  `;
  surface.right(issuedLabel, sheet.left + sheet.width - surface.width(issued, mono), baseline, small);
  sheet.y += 20;

  const statement = content.statement();
  const body: TextStyle = { face: "regular", size: isChinese ? sizes.body : sizes.bodyLatin, colour: "ink" };
  const beside: TextStyle = { face: "regular", size: sizes.bodyBeside, colour: "grey" };
  // A Chinese paragraph begins two characters in.
  const indent = isChinese ? "\u2003\u2003" : "";
  sheet.block(sheet.justified(`${indent}${statement[language]}`, sheet.width, body, 1.52));
  sheet.y += 3;
  sheet.block(sheet.justified(statement[other], sheet.width, beside, 1.42));
}

function drawContinuedHead(surface: Surface, content: CertificateContent, y: number): number {
  const { layout, wording } = content.template;
  const { left, width, right } = layout.page;
  const style: TextStyle = { face: "regular", size: layout.sizes.head, colour: "navy" };
  surface.text(wording.title[content.language], left, y + 6, { ...style, face: "bold" });
  surface.right(content.subject.evidence.statement.id, width - right, y + 6, {
    ...style,
    face: "mono",
    colour: "grey",
  });
  surface.horizontal(left, y + 13, width - left - right, 0.8, "gold");
  return y + 18;
}

function drawSection(
  sheet: Sheet,
  drawing: Drawing,
  section: Layout["sections"][number],
  index: number,
): void {
  const { content } = drawing;
  switch (section.kind) {
    case "fields": {
      const rows = (section.rows ?? []).flatMap((id) => content.row(id) ?? []);
      if (rows.length === 0) return;
      const cells = rows.map((row) => fieldCells(sheet, content, row));
      const heights = cells.map((row) => sheet.rowHeight(row));
      const following = section.together ? heights.reduce((sum, height) => sum + height) : (heights[0] ?? 0);
      drawBar(sheet, content, section.id, index, following);
      cells.forEach((row, i) => sheet.row(row, { stripe: i % 2 === 0 }));
      return;
    }
    case "cosigners":
      drawBar(sheet, content, section.id, index, 60);
      drawCosigners(sheet, content);
      return;
    case "verify":
      return;
    case "steps":
      drawBar(sheet, content, section.id, index, 60);
      drawSteps(sheet, content, content.template.wording.offline);
      return;
    case "paragraphs":
      drawBar(sheet, content, section.id, index, 60);
      drawSteps(sheet, content, content.template.wording.limits);
  }
}

function drawBar(
  sheet: Sheet,
  content: CertificateContent,
  id: SectionId,
  index: number,
  following: number,
): void {
  const words = content.template.wording.sections[id];
  const ordinal = content.language === "zh" ? `${ORDINALS[index] ?? index + 1}、` : `${index + 1}. `;
  sheet.bar(ordinal, { first: words[content.language], beside: words[content.other] }, following);
}

function fieldCells(
  sheet: Sheet,
  { template, language }: CertificateContent,
  { label, value }: FieldRow,
): Cell[] {
  const { labelWidth, padding } = template.layout.fields;
  return [
    { x: padding, lines: sheet.labelLines(label, language, labelWidth - padding - 4) },
    { x: labelWidth, lines: sheet.cellLines(value, sheet.width - labelWidth - padding) },
  ];
}

function drawCosigners(sheet: Sheet, content: CertificateContent): void {
  const { cosignerColumns } = content.template.wording;
  const { widths } = content.template.layout.cosigners;
  const { padding } = content.template.layout.fields;
  const starts = widths.map((_, i) => widths.slice(0, i).reduce((sum, width) => sum + width, padding));
  const cell = (i: number, paragraphs: readonly Paragraph[], colour?: "counted" | "excluded" | "navy") => ({
    x: starts[i] ?? 0,
    lines: sheet.cellLines(paragraphs, (widths[i] ?? 0) - padding, colour),
  });
  const columns = [
    cosignerColumns.organisation,
    cosignerColumns.role,
    cosignerColumns.node,
    cosignerColumns.time,
    cosignerColumns.counted,
  ];
  const head = columns.map((words, i) => cell(i, [content.pair(words)], "navy"));
  sheet.row(head);
  content.cosigners().forEach((cosigner, i) => {
    const { organisation, role, node, time, counted, isCounted } = cosigner;
    const row = [
      cell(0, [organisation]),
      cell(1, [role]),
      cell(2, [node]),
      cell(3, time),
      cell(4, [counted], isCounted ? "counted" : "excluded"),
    ];
    // The columns are named again on every page.
    if (sheet.need(sheet.rowHeight(row))) sheet.row(head);
    sheet.row(row, { stripe: i % 2 === 0 });
  });
}

/**
 * At the foot of the first page, whatever the length of what comes before: the code at the left, the ways to verify at
 * its right, the address below.
 */
function drawVerifyAtFoot(sheet: Sheet, { content, verifyUrl }: Drawing, id: SectionId, index: number): void {
  const { sizes } = content.template.layout;
  const { surface } = sheet;
  const gap = 14;
  const width = sheet.width - CODE_SIDE - gap;
  const ways = content.waysToVerify().flatMap((words, i) => stepLines(sheet, content, words, i, width));
  const address = sheet.lines(
    verifyUrl,
    sheet.width,
    { face: "mono", size: sizes.mono, colour: "navy" },
    1.4,
  );
  const height = Math.max(CODE_SIDE, heightOf(ways)) + 10;
  sheet.atFoot(sheet.barHeight + height + heightOf(address), () => {
    drawBar(sheet, content, id, index, 0);
    const top = sheet.y + 7;
    surface.frame(sheet.left, top, CODE_SIDE, CODE_SIDE, 0.8, "gold");
    drawQrCode(surface, verifyUrl, sheet.left, top, CODE_SIDE);
    sheet.linesAt(ways, sheet.left + CODE_SIDE + gap, top + Math.max(0, (CODE_SIDE - heightOf(ways)) / 2));
    sheet.y += height;
    sheet.block(address);
  });
}

function drawSteps(sheet: Sheet, content: CertificateContent, steps: readonly Step[]): void {
  const { sizes, fields } = content.template.layout;
  sheet.y += 5;
  steps.forEach((step, i) => {
    const lines = stepLines(sheet, content, step, i, sheet.width - fields.padding);
    sheet.need(heightOf(lines) + (step.command ? 18 : 0));
    sheet.block(lines, fields.padding / 2);
    if (step.command !== undefined) {
      const command = sheet.lines(
        step.command,
        sheet.width - 40,
        { face: "mono", size: sizes.mono, colour: "ink" },
        1.7,
      );
      sheet.surface.rectangle(sheet.left + 16, sheet.y + 1, sheet.width - 16, heightOf(command), "stripe");
      sheet.y += 1;
      sheet.block(command, 22);
      sheet.y += 1;
    }
    sheet.y += 1;
  });
}

/** "1. ..." in this certificate's language, the other one's smaller below. */
function stepLines(sheet: Sheet, content: CertificateContent, words: Words, index: number, width: number) {
  const { sizes } = content.template.layout;
  const indent = 12;
  const style: TextStyle = { face: "regular", size: sizes.value, colour: "ink" };
  const beside: TextStyle = { face: "regular", size: sizes.small, colour: "grey" };
  const shifted = (text: string, textStyle: TextStyle, lineHeight: number) =>
    sheet.lines(text, width - indent, textStyle, lineHeight).map((line) => ({
      ...line,
      parts: line.parts.map((part) => ({ ...part, x: part.x + indent })),
    }));
  const [first, ...rest] = shifted(words[content.language], style, 1.45);
  const number = { text: `${index + 1}.`, x: 0, style };
  const others = shifted(words[content.other], beside, 1.4);
  const apart = others.map((line, i) =>
    i === others.length - 1 ? { ...line, height: line.height + 2.5 } : line,
  );
  return [...(first ? [{ ...first, parts: [number, ...first.parts] }] : []), ...rest, ...apart];
}

function drawFooters(surface: Surface, document: PdfDocument, content: CertificateContent): void {
  const { layout, wording } = content.template;
  const { page, sizes } = layout;
  const { count } = document.bufferedPageRange();
  const style: TextStyle = { face: "regular", size: sizes.small, colour: "grey" };
  const middle = page.width / 2;
  const top = page.height - page.bottom + 7;
  for (let i = 0; i < count; i++) {
    document.switchToPage(i);
    surface.horizontal(page.left, top, page.width - page.left - page.right, 0.5, "rule");
    surface.centred(wording.footer[content.language], middle, top + 10, style);
    surface.centred(wording.footer[content.other], middle, top + 19, {
      ...style,
      size: sizes.small - 0.5,
      colour: "pale",
    });
    const numbers = { page: i + 1, pages: count };
    surface.centred(
      `${fill(wording.page[content.language], numbers)}  ·  ${fill(wording.page[content.other], numbers)}`,
      middle,
      top + 28,
      { ...style, size: sizes.small - 0.5 },
    );
  }
}
