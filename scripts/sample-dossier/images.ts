/** The two images of the sample dossier: the consent page as a screen showed it, the payment voucher as scanned. */
import type { Font } from "fontkit";
import { Canvas, type Colour } from "./canvas.js";
import { LOAN, PARTIES, groupedMoney } from "./loan.js";

const INK: Colour = [34, 38, 46];
const GREY: Colour = [122, 128, 140];
const BLUE: Colour = [24, 84, 160];
const LINE: Colour = [216, 220, 228];
const WHITE: Colour = [255, 255, 255];
const STAMP: Colour = [176, 60, 52];

export interface Fonts {
  readonly regular: Font;
  readonly bold: Font;
}

/** A telephone's screen at the moment of consent: what was shown, what was ticked, when. */
export function consentPage({ regular, bold }: Fonts): Uint8Array {
  const page = new Canvas(720, 1120, [246, 247, 250]);
  page.rectangle(0, 0, 720, 96, BLUE);
  page.text(PARTIES.lender.name, 32, 60, 30, bold, WHITE);
  page.text("个人消费贷款 · 授权与告知", 230, 60, 26, regular, WHITE);
  page.rectangle(24, 120, 672, 760, WHITE);
  page.frame(24, 120, 672, 760, 2, LINE);
  page.text("请您仔细阅读并确认以下内容", 48, 176, 30, bold, INK);
  const clauses = [
    [
      "一、个人信息处理授权",
      "授权本行为办理本笔贷款处理身份、联系方式与还款信息，",
      "期限至债权债务消灭之日止，可随时查询或撤回。",
    ],
    [
      "二、争议解决（仲裁）条款",
      `因本合同发生的争议，提交${PARTIES.arbitration.name}仲裁，`,
      "仲裁裁决是终局的，对双方均有约束力。",
    ],
    ["三、费用与利率告知", "年利率 7.20%（单利，等额本金），逾期年利率 10.80%，", "除此之外不收取任何费用。"],
    [
      "四、电子数据存证约定",
      "双方同意以存证证书及其内嵌证据核验电子数据的完整性。",
      "约定方式的摘要一并存证。",
    ],
  ];
  clauses.forEach(([title = "", ...lines], i) => {
    const y = 240 + i * 150;
    page.text(title, 48, y, 25, bold, INK);
    lines.forEach((line, j) => page.text(line, 48, y + 40 + j * 36, 23, regular, GREY));
  });
  ["我已阅读并同意上述全部内容", "我已知悉仲裁条款的含义"].forEach((label, i) => {
    const y = 920 + i * 44;
    page.rectangle(48, y - 22, 26, 26, BLUE);
    page.text("✓", 50, y, 24, bold, WHITE);
    page.text(label, 90, y, 24, regular, INK);
  });
  page.rectangle(48, 994, 624, 66, BLUE);
  page.text("同意并继续", 290, 1037, 28, bold, WHITE);
  page.text(
    "停留 00:01:47 · 文本版本 SAMPLE-CONSENT-3 · 2025-03-10 09:42:31 · 示例页面",
    48,
    1096,
    18,
    regular,
    GREY,
  );
  return page.png();
}

/** The bank's receipt of the payment, a little askew and grainy as from a scanner. */
export function paymentVoucher({ regular, bold }: Fonts): Uint8Array {
  const page = new Canvas(1040, 640, [243, 241, 234]);
  page.turn(-0.7);
  page.text("示例银行甲  电子回单（示例）", 300, 88, 34, bold, INK);
  page.text("回单编号 SAMPLE-VOUCHER-000001", 60, 140, 20, regular, GREY);
  page.text("日期 2025-03-10", 820, 140, 20, regular, GREY);
  const rows = [
    ["付款人", `${PARTIES.lender.name}（放款专户 **** 0001）`],
    ["收款人", `${PARTIES.borrower.name}（账户 **** 0000）`],
    ["金额", `人民币壹拾贰万元整  ¥${groupedMoney(LOAN.principal)}`],
    ["用途", `${LOAN.purpose}，合同 ${LOAN.contractNo}`],
    ["核心流水", "SAMPLE-CORE-20250310-0000071"],
    ["状态", "已入账 2025-03-10 10:05:12"],
  ];
  page.frame(60, 164, 920, rows.length * 58, 2, INK);
  rows.forEach(([label = "", value = ""], i) => {
    const y = 164 + i * 58;
    if (i > 0) page.rectangle(60, y, 920, 1, INK);
    page.text(label, 84, y + 38, 22, bold, INK);
    page.text(value, 250, y + 38, 22, regular, INK);
  });
  page.rectangle(226, 164, 1, rows.length * 58, INK);
  page.frame(740, 536, 220, 64, 3, STAMP);
  page.text("示例 · 非真实印章", 754, 577, 24, bold, STAMP);
  page.text("经办 示例柜员 01    复核 示例柜员 02", 60, 574, 20, regular, GREY);
  page.grain(2);
  return page.png();
}
