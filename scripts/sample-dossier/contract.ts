/** The sample loan contract as a PDF: real pages, embedded fonts, no compression that a library could change. */
import PDFDocument from "pdfkit";
import { LOAN, PARTIES, SCHEDULE, groupedMoney } from "./loan.js";

const MARGIN = 64;
const INK = "#1c2430";
const GREY = "#6b7280";

export interface FontFiles {
  readonly regular: Uint8Array;
  readonly bold: Uint8Array;
}

export async function contractPdf(fonts: FontFiles): Promise<Uint8Array> {
  const doc = new PDFDocument({
    size: "A4",
    margin: MARGIN,
    pdfVersion: "1.7",
    compress: false,
    font: Buffer.from(fonts.regular) as unknown as string,
    info: {
      Title: `个人消费借款合同（示例） ${LOAN.contractNo}`,
      Author: PARTIES.lender.name,
      Creator: "示例信贷系统",
      Producer: "示例信贷系统",
      CreationDate: new Date("2025-03-10T01:45:02.000Z"),
    },
  });
  const parts: Buffer[] = [];
  doc.on("data", (part: Buffer) => parts.push(part));
  const done = new Promise<void>((resolve) => doc.on("end", resolve));
  doc.registerFont("regular", Buffer.from(fonts.regular)).registerFont("bold", Buffer.from(fonts.bold));
  write(doc);
  doc.end();
  await done;
  return Buffer.concat(parts);
}

function write(doc: PDFKit.PDFDocument): void {
  doc.font("bold").fontSize(20).fillColor(INK).text("个人消费借款合同（示例）", { align: "center" });
  doc.font("regular").fontSize(9).fillColor(GREY);
  doc.text("本文件为样例，所有主体与内容均属虚构，不构成任何法律关系。", { align: "center" }).moveDown(0.4);
  doc.text(`合同编号 ${LOAN.contractNo}    模板版本 SAMPLE-CONTRACT-7    签署日期 ${LOAN.signedOn}`, {
    align: "center",
  });
  doc.moveDown(1.2);
  clause(doc, "贷款人", [`${PARTIES.lender.name}（${PARTIES.lender.licence}）`]);
  clause(doc, "借款人", [
    `${PARTIES.borrower.name}，证件号码 ${PARTIES.borrower.idNumberMasked}，联系电话 ${PARTIES.borrower.phoneMasked}`,
  ]);
  clause(doc, "第一条  借款金额与用途", [
    `借款本金为人民币壹拾贰万元整（¥${groupedMoney(LOAN.principal)}），用于${LOAN.purpose}。本金以实际支付的金额为准。`,
  ]);
  clause(doc, "第二条  利率", [
    "年利率 7.20%（单利）。日利率按年利率除以 360 计算，逾期前按月计息，不足一月的按实际天数计息。",
  ]);
  clause(doc, "第三条  期限与还款", [
    `期限 ${LOAN.instalments} 个月，自 ${LOAN.disbursedOn} 起，每月 10 日还款，等额本金。还款计划见附件。`,
  ]);
  clause(doc, "第四条  逾期", [
    "逾期本金自逾期之日起按年利率 10.80%（合同利率上浮 50%）计收逾期利息，不计复利。除利息与逾期利息外，不收取其他费用。",
  ]);
  clause(doc, "第五条  提前到期", [
    "借款人连续两期未足额还款，经书面通知仍未在指定期限内付清的，贷款人可宣布借款全部提前到期。",
  ]);
  clause(doc, "第六条  清偿顺序", [
    "借款人的每笔还款依次抵充逾期利息、利息、本金，本金先抵充到期在先的一期。",
  ]);
  clause(doc, "第七条  电子数据", [
    "双方约定：以电子数据存证服务出具的、可离线核验的证据，作为核验本合同及其履行记录的完整性与存在时间的方式。",
    "存证只证明数据的存在、完整与时间，不证明其内容真实。",
  ]);
  clause(doc, "第八条  争议解决", [`因本合同发生的争议，提交${PARTIES.arbitration.name}按其仲裁规则仲裁。`]);
  doc.moveDown(1);
  doc.font("regular").fontSize(10.5).fillColor(INK);
  doc.text(`贷款人（电子签名，示例）：${PARTIES.lender.name}    签署时间 2025-03-10 09:44:20（北京时间）`);
  doc.moveDown(0.4);
  doc.text(`借款人（电子签名，示例）：${PARTIES.borrower.name}    签署时间 2025-03-10 09:44:58（北京时间）`);
  doc.addPage();
  schedule(doc);
}

function clause(doc: PDFKit.PDFDocument, title: string, paragraphs: readonly string[]): void {
  doc.font("bold").fontSize(11).fillColor(INK).text(title).moveDown(0.2);
  doc.font("regular").fontSize(10.5);
  for (const paragraph of paragraphs) doc.text(paragraph, { lineGap: 3 });
  doc.moveDown(0.6);
}

function schedule(doc: PDFKit.PDFDocument): void {
  doc.font("bold").fontSize(14).text("附件  还款计划（等额本金）", { align: "center" }).moveDown(0.8);
  const columns = [
    ["期数", 60],
    ["还款日", 110],
    ["本金（元）", 100],
    ["利息（元）", 100],
    ["合计（元）", 97],
  ] as const;
  let y = doc.y;
  const row = (cells: readonly string[], font: string): void => {
    let x = MARGIN;
    doc.font(font).fontSize(10);
    cells.forEach((cell, i) => {
      const width = columns[i]?.[1] ?? 0;
      doc.text(cell, x, y + 5, { width, align: i < 2 ? "center" : "right", lineBreak: false });
      x += width;
    });
    y += 24;
    doc.moveTo(MARGIN, y).lineTo(x, y).lineWidth(0.5).stroke("#c9ced6");
  };
  row(
    columns.map(([name]) => name),
    "bold",
  );
  for (const { number, dueOn, principal, interest } of SCHEDULE) {
    row([String(number), dueOn, ...[principal, interest, principal + interest].map(groupedMoney)], "regular");
  }
}
