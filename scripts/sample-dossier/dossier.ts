/**
 * The sample loan dossier: its records, and the manifest that says in which order and how a bank deposits them.
 * Stages 1 to 9 of an online loan's evidence. Everybody and everything in it is invented.
 */
import { createHash } from "node:crypto";
import { type Font, create } from "fontkit";
import { contractPdf, type FontFiles } from "./contract.js";
import { consentPage, paymentVoucher } from "./images.js";
import { CLAIM, LOAN, NOTICE, PARTIES, type Period, SCHEDULE, loanLedger, money, sumOf } from "./loan.js";

interface Source {
  readonly system: string;
  readonly operator: string;
  readonly method: string;
  readonly tool: string;
}

interface Item {
  readonly file: string;
  readonly recordType: string;
  readonly name: string;
  readonly mediaType: string;
  /** `record`: a JSON value; `file`: its bytes; `digests`: only its digests, the content stays with the bank. */
  readonly deposit: "record" | "file" | "digests";
  readonly retain: boolean;
  readonly clientRef: string;
  /** The depositor's claim. */
  readonly createdAt: string;
  readonly source: Source;
  content: object | Uint8Array;
}

const LOS = { system: "示例信贷系统", operator: "示例操作员 01" };
const CORE = { system: "示例核心账务系统", operator: "示例柜员 01" };

/** Every file of templates/samples/loan, by name. */
export async function makeLoanDossier(fonts: FontFiles): Promise<ReadonlyMap<string, Uint8Array>> {
  const open = (bytes: Uint8Array) => create(Buffer.from(bytes)) as Font;
  const items = await itemsOf(fonts, { regular: open(fonts.regular), bold: open(fonts.bold) });
  const files = new Map(items.map(({ file, content }) => [file, bytesOf(content)]));
  const manifest = {
    type: "cunzheng/sample-dossier@v1",
    name: { zh: "示例线上贷款卷宗", en: "Example online loan dossier" },
    notice: {
      zh: "所有主体、证件、账户与金额均属虚构，仅供演示。",
      en: "Every person, organisation, account and amount is invented, for demonstration only.",
    },
    depositor: PARTIES.lender.id,
    chain: true,
    records: items.map(withoutContent),
  };
  return new Map([["dossier.json", bytesOf(manifest)], ...files]);
}

function withoutContent(item: Item): Omit<Item, "content"> {
  const entry: Partial<Item> & Omit<Item, "content"> = { ...item };
  delete entry.content;
  return entry;
}

async function itemsOf(fontFiles: FontFiles, fonts: { regular: Font; bold: Font }): Promise<Item[]> {
  const ref = (what: string) => `${LOAN.contractNo}/${what}`;
  const contract = await contractPdf(fontFiles);
  const consent = consentPage(fonts);
  const ledger = loanLedger();
  const repayments = ledger.repayments.map((repayment): Item => {
    const { number, on, instalment, channel, asked, paid, failure } = repayment;
    const serial = `SAMPLE-CORE-${on.replaceAll("-", "")}-${String(number).padStart(7, "0")}`;
    return {
      file: `${String(7 + number).padStart(2, "0")}-repayment-${number}.json`,
      recordType: "loan.repayment",
      name: `还款流水第 ${number} 笔（${failure ? "扣款失败" : `第 ${instalment} 期`}）`,
      mediaType: "application/json",
      deposit: "record",
      retain: true,
      clientRef: ref(`repayment-${number}`),
      createdAt: `${on}T02:30:0${number}.000Z`,
      source: { ...CORE, method: "账务流水导出", tool: "示例导出程序 2.3.1" },
      content: {
        contractNo: LOAN.contractNo,
        serial,
        entry: number,
        on,
        instalment,
        channel,
        amountAsked: money(asked),
        amountPaid: money(paid),
        result: failure ? "failed" : paid < asked ? "partial" : "paid",
        ...(failure && { failure: { code: failure, text: "账户余额不足" } }),
        allocation: {
          order: ["defaultInterest", "interest", "principal"],
          defaultInterest: money(repayment.toDefaultInterest),
          interest: money(repayment.toInterest),
          principal: money(repayment.toPrincipal),
        },
        principalOutstanding: money(repayment.principalAfter),
      },
    };
  });

  const items: Item[] = [
    {
      file: "01-identity-check.json",
      recordType: "loan.identity",
      name: "借款人身份核验结果",
      mediaType: "application/json",
      // Personal data of the borrower: the bank keeps the record and deposits what can't be read back.
      deposit: "digests",
      retain: false,
      clientRef: ref("identity"),
      createdAt: "2025-03-10T01:38:07.000Z",
      source: { ...LOS, method: "身份核验接口回执", tool: "示例核验服务 5.0" },
      content: {
        contractNo: LOAN.contractNo,
        lender: { name: PARTIES.lender.name, licence: PARTIES.lender.licence },
        borrower: {
          name: PARTIES.borrower.name,
          idNumberCommitment: commitment("000000000000000000"),
          idNumberMasked: PARTIES.borrower.idNumberMasked,
          phoneMasked: PARTIES.borrower.phoneMasked,
        },
        bankCardFourFactors: { result: "match", bank: PARTIES.lender.name, cardMasked: "****0000" },
        liveness: { result: "passed", score: "0.9931", threshold: "0.9500" },
        verifier: "示例核验服务",
        checkedAt: "2025-03-10T01:38:06.412Z",
      },
    },
    {
      file: "02-consent-page.png",
      recordType: "loan.consent",
      name: "授权与仲裁条款确认页截图",
      mediaType: "image/png",
      deposit: "file",
      retain: true,
      clientRef: ref("consent"),
      createdAt: "2025-03-10T01:42:31.000Z",
      source: { ...LOS, operator: "借款人终端", method: "确认时页面截图", tool: "示例手机银行 8.1.0" },
      content: consent,
    },
    {
      file: "03-application.json",
      recordType: "loan.application",
      name: "借款申请与授信决定",
      mediaType: "application/json",
      deposit: "record",
      retain: true,
      clientRef: ref("application"),
      createdAt: "2025-03-10T01:43:40.000Z",
      source: { ...LOS, method: "业务系统直接生成", tool: "示例信贷系统 12.4.0" },
      content: {
        contractNo: LOAN.contractNo,
        applicant: PARTIES.borrower.name,
        amountApplied: money(LOAN.principal),
        termMonths: LOAN.instalments,
        purpose: LOAN.purpose,
        consentPageSha256: sha256Hex(consent),
        creditInquiryAuthorised: true,
        decision: {
          id: "SAMPLE-DECISION-000071",
          result: "approved",
          amount: money(LOAN.principal),
          policyVersion: "SAMPLE-POLICY-4",
          decidedAt: "2025-03-10T01:43:39.087Z",
        },
      },
    },
    {
      file: "04-contract.pdf",
      recordType: "loan.contract",
      name: "个人消费借款合同（示例）.pdf",
      mediaType: "application/pdf",
      deposit: "file",
      retain: true,
      clientRef: ref("contract"),
      createdAt: "2025-03-10T01:44:58.000Z",
      source: { ...LOS, operator: "示例电子签名服务", method: "签署完成后归档", tool: "示例签署平台 3.2" },
      content: contract,
    },
    {
      file: "05-disbursement.json",
      recordType: "loan.disbursement",
      name: "放款指令与入账结果",
      mediaType: "application/json",
      deposit: "record",
      retain: true,
      clientRef: ref("disbursement"),
      createdAt: "2025-03-10T02:05:12.000Z",
      source: { ...CORE, method: "账务流水导出", tool: "示例导出程序 2.3.1" },
      content: {
        contractNo: LOAN.contractNo,
        contractSha256: sha256Hex(contract),
        amountPaid: money(LOAN.principal),
        currency: "CNY",
        payer: { name: PARTIES.lender.name, accountMasked: "****0001" },
        payee: { name: PARTIES.borrower.name, accountMasked: "****0000" },
        channel: "intrabank",
        serial: "SAMPLE-CORE-20250310-0000071",
        orderedAt: "2025-03-10T02:05:10.330Z",
        creditedAt: "2025-03-10T02:05:12.000Z",
      },
    },
    {
      file: "06-schedule.json",
      recordType: "loan.schedule",
      name: "还款计划",
      mediaType: "application/json",
      deposit: "record",
      retain: true,
      clientRef: ref("schedule"),
      createdAt: "2025-03-10T02:05:20.000Z",
      source: { ...CORE, method: "业务系统直接生成", tool: "示例核心账务系统 9.0" },
      content: {
        contractNo: LOAN.contractNo,
        principal: money(LOAN.principal),
        annualRate: LOAN.annualRate,
        defaultAnnualRate: LOAN.defaultAnnualRate,
        method: "equal-principal",
        dayCount: "actual/360",
        instalments: SCHEDULE.map(({ number, dueOn, principal, interest }) => ({
          number,
          dueOn,
          principal: money(principal),
          interest: money(interest),
          total: money(principal + interest),
        })),
      },
    },
    {
      file: "07-disbursement-voucher.png",
      recordType: "loan.voucher",
      name: "放款电子回单扫描件",
      mediaType: "image/png",
      deposit: "file",
      retain: true,
      clientRef: ref("voucher"),
      createdAt: "2025-03-10T03:12:00.000Z",
      source: { ...CORE, operator: "示例柜员 02", method: "回单打印后扫描", tool: "示例扫描仪" },
      content: paymentVoucher(fonts),
    },
    ...repayments,
    {
      file: "14-overdue-notice.json",
      recordType: "loan.notice",
      name: "逾期及提前到期通知与送达回执",
      mediaType: "application/json",
      deposit: "record",
      retain: true,
      clientRef: ref("notice"),
      createdAt: `${NOTICE.on}T03:00:00.000Z`,
      source: { ...LOS, operator: "示例催收岗 01", method: "通知平台回执", tool: "示例通知平台 2.0" },
      content: noticeOf(ledger.notice),
    },
  ];
  items.push({
    file: "15-claim-sheet.json",
    recordType: "loan.claim",
    name: "债权计算表",
    mediaType: "application/json",
    deposit: "record",
    retain: true,
    clientRef: ref("claim"),
    createdAt: `${CLAIM.cutOff}T09:00:00.000Z`,
    source: { ...LOS, operator: "示例法务 01", method: "按合同第二、四、六条计算", tool: "示例计算表 1.0" },
    content: claimOf(ledger.claim, items),
  });
  return items;
}

function noticeOf(notice: ReturnType<typeof loanLedger>["notice"]): object {
  const text =
    `${PARTIES.borrower.name}：您的借款已连续两期未足额偿还。请于 ${NOTICE.payBy} 前付清逾期款项，` +
    `逾期未付清的，借款自 ${CLAIM.acceleratedOn} 起全部提前到期。${PARTIES.lender.name}`;
  return {
    contractNo: LOAN.contractNo,
    on: NOTICE.on,
    payBy: NOTICE.payBy,
    acceleratesOn: CLAIM.acceleratedOn,
    overdue: {
      instalments: [4, 5, 6],
      principal: money(notice.overduePrincipal),
      interest: money(notice.overdueInterest),
      defaultInterest: money(sumOf(notice.defaultInterest)),
      periods: notice.defaultInterest.map(periodOf),
    },
    text,
    textSha256: sha256Hex(new TextEncoder().encode(text)),
    deliveries: [
      {
        channel: "sms",
        targetMasked: PARTIES.borrower.phoneMasked,
        sentAt: `${NOTICE.on}T02:58:11.204Z`,
        state: "delivered",
        deliveredAt: `${NOTICE.on}T02:58:14.871Z`,
      },
      {
        channel: "registered-letter",
        targetMasked: "示例市示例区****",
        sentAt: `${NOTICE.on}T03:00:00.000Z`,
        state: "handed-over",
        tracking: "SAMPLE-LETTER-000001",
      },
    ],
  };
}

function claimOf(claim: ReturnType<typeof loanLedger>["claim"], inputs: readonly Item[]): object {
  return {
    contractNo: LOAN.contractNo,
    claimant: PARTIES.lender.name,
    respondent: PARTIES.borrower.name,
    cutOff: CLAIM.cutOff,
    acceleratedOn: CLAIM.acceleratedOn,
    formula: "SAMPLE-CLAIM-1",
    principal: money(claim.principal),
    interest: {
      dueUnpaid: money(claim.dueInterest),
      accruedUntilAcceleration: periodOf(claim.accruedInterest),
      total: money(claim.dueInterest + claim.accruedInterest.amount),
    },
    defaultInterest: {
      periods: claim.defaultInterest.map(periodOf),
      total: money(sumOf(claim.defaultInterest)),
    },
    total: money(claim.total),
    // Which cap applies to which lender is for the tribunal: the sheet shows the comparison and its inputs.
    rateCap: { annualRate: "0.1240", basis: "示例参数，可配置", highestRateClaimed: LOAN.defaultAnnualRate },
    inputs: inputs.map(({ clientRef, recordType, content, deposit }) => ({
      clientRef,
      recordType,
      sha256: sha256Hex(deposit === "record" ? canonical(content) : bytesOf(content)),
    })),
  };
}

const periodOf = ({ from, to, days, base, perTenThousandADay, amount }: Period) => ({
  from,
  to,
  days,
  base: money(base),
  dailyRate: `0.000${perTenThousandADay}`,
  amount: money(amount),
});

/** JSON as a person reads it; what is deposited as a record is digested over its canonical form. */
function bytesOf(content: object | Uint8Array): Uint8Array {
  if (content instanceof Uint8Array) return content;
  return new TextEncoder().encode(`${JSON.stringify(content, null, 2)}\n`);
}

/** RFC 8785, for values without fractions. */
function canonical(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(sorted(value)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member)]));
}

/** A salted digest: it can be opened by whoever holds the salt, and guessed by nobody else. */
function commitment(idNumber: string): string {
  return sha256Hex(new TextEncoder().encode(`sample-salt-0000000000000000:${idNumber}`));
}

function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
