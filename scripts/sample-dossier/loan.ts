/**
 * The sample loan, as arithmetic: one fictional consumer loan from contract to claim. Every amount of the
 * dossier is computed here, in integer cents, so that the records cannot contradict one another.
 */

export const PARTIES = {
  lender: { id: "example-bank-a", name: "示例银行甲", licence: "示例金融许可证 SAMPLE-0001" },
  borrower: { name: "示例借款人甲", idNumberMasked: "000000********0000", phoneMasked: "100****0000" },
  arbitration: { id: "example-arbitration", name: "示例仲裁委员会" },
};

export const LOAN = {
  contractNo: "SAMPLE-LOAN-2025-000001",
  principal: 12_000_000,
  instalments: 12,
  annualRate: "0.0720",
  defaultAnnualRate: "0.1080",
  signedOn: "2025-03-10",
  disbursedOn: "2025-03-10",
  purpose: "家庭装修",
};

/** Actual days over 360, as the contract says: 7.20 % a year is 2 in 10,000 a day, 10.80 % is 3. */
const PER_DAY = { interest: 2, default: 3 };
const MONTHLY_RATE_PER_MILLE = 6;

export interface Instalment {
  readonly number: number;
  readonly dueOn: string;
  readonly principal: number;
  readonly interest: number;
}

/** Equal principal: a twelfth of it every month, and a month's interest on what was still owed. */
export const SCHEDULE: readonly Instalment[] = Array.from({ length: LOAN.instalments }, (_, i) => {
  const principal = LOAN.principal / LOAN.instalments;
  const owed = LOAN.principal - i * principal;
  return {
    number: i + 1,
    dueOn: monthLater(LOAN.disbursedOn, i + 1),
    principal,
    interest: (owed * MONTHLY_RATE_PER_MILLE) / 1000,
  };
});

export interface Repayment {
  readonly number: number;
  readonly on: string;
  readonly instalment: number;
  readonly channel: "auto-debit" | "transfer";
  readonly asked: number;
  readonly paid: number;
  readonly failure?: string;
  readonly toDefaultInterest: number;
  readonly toInterest: number;
  readonly toPrincipal: number;
  readonly principalAfter: number;
}

/** What happened: three instalments paid, a failed debit, two part payments, then nothing. */
const EVENTS = [
  { on: "2025-04-10", instalment: 1, channel: "auto-debit", asked: 1_072_000, paid: 1_072_000 },
  { on: "2025-05-10", instalment: 2, channel: "auto-debit", asked: 1_066_000, paid: 1_066_000 },
  { on: "2025-06-10", instalment: 3, channel: "auto-debit", asked: 1_060_000, paid: 1_060_000 },
  {
    on: "2025-07-10",
    instalment: 4,
    channel: "auto-debit",
    asked: 1_054_000,
    paid: 0,
    failure: "insufficient-funds",
  },
  { on: "2025-07-18", instalment: 4, channel: "transfer", asked: 1_054_000, paid: 600_000 },
  { on: "2025-08-10", instalment: 5, channel: "auto-debit", asked: 1_048_000, paid: 300_000 },
] as const;

export const NOTICE = { on: "2025-09-12", payBy: "2025-09-26" };
export const CLAIM = { acceleratedOn: "2025-09-27", cutOff: "2025-10-31" };

export interface Period {
  readonly from: string;
  readonly to: string;
  readonly days: number;
  readonly base: number;
  readonly perTenThousandADay: number;
  readonly amount: number;
}

export interface Ledger {
  readonly repayments: readonly Repayment[];
  readonly notice: { overduePrincipal: number; overdueInterest: number; defaultInterest: readonly Period[] };
  readonly claim: {
    principal: number;
    /** The instalment's interest that fell due unpaid, then the interest until the loan was called in. */
    dueInterest: number;
    accruedInterest: Period;
    defaultInterest: readonly Period[];
    total: number;
  };
}

/** Payments go to default interest, then interest, then principal, the oldest instalment first (contract, clause 6). */
export function loanLedger(): Ledger {
  let owed = LOAN.principal;
  let overdue = 0;
  let since = "";
  const repayments = EVENTS.map((event, i): Repayment => {
    const instalment = SCHEDULE[event.instalment - 1] as Instalment;
    const accrued = overdue > 0 ? period(since, event.on, overdue, PER_DAY.default).amount : 0;
    // The instalment that falls due today joins what is overdue; its interest is asked for once.
    const isDue = event.on === instalment.dueOn;
    if (isDue) overdue += instalment.principal;
    const interestAsked = isDue || event.channel === "transfer" ? instalment.interest : 0;
    const toDefaultInterest = Math.min(event.paid, accrued);
    const toInterest = Math.min(event.paid - toDefaultInterest, interestAsked);
    const toPrincipal = event.paid - toDefaultInterest - toInterest;
    owed -= toPrincipal;
    overdue -= toPrincipal;
    since = event.on;
    return {
      number: i + 1,
      ...event,
      toDefaultInterest,
      toInterest,
      toPrincipal,
      principalAfter: owed,
    };
  });
  const sixth = SCHEDULE[5] as Instalment;
  const later = overdue + sixth.principal;
  const untilSixth = period(since, sixth.dueOn, overdue, PER_DAY.default);
  const untilCalled = period(sixth.dueOn, CLAIM.acceleratedOn, later, PER_DAY.default);
  const untilCutOff = period(CLAIM.acceleratedOn, CLAIM.cutOff, owed, PER_DAY.default);
  const accruedInterest = period(sixth.dueOn, CLAIM.acceleratedOn, owed - later, PER_DAY.interest);
  const defaultInterest = [untilSixth, untilCalled, untilCutOff];
  return {
    repayments,
    notice: {
      overduePrincipal: later,
      overdueInterest: sixth.interest,
      defaultInterest: [untilSixth, period(sixth.dueOn, NOTICE.on, later, PER_DAY.default)],
    },
    claim: {
      principal: owed,
      dueInterest: sixth.interest,
      accruedInterest,
      defaultInterest,
      total: owed + sixth.interest + accruedInterest.amount + sumOf(defaultInterest),
    },
  };
}

export function sumOf(periods: readonly Period[]): number {
  return periods.reduce((sum, { amount }) => sum + amount, 0);
}

/** Cents as "120000.00". */
export function money(cents: number): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, "0")}`;
}

/** Cents as "120,000.00". */
export function groupedMoney(cents: number): string {
  return money(cents).replaceAll(/\B(?=(?:\d{3})+\.)/g, ",");
}

function period(from: string, to: string, base: number, perTenThousandADay: number): Period {
  const days = (Date.parse(to) - Date.parse(from)) / 86_400_000;
  // Half a cent rounds up; whole numbers until the division.
  const amount = Math.floor((base * perTenThousandADay * days + 5000) / 10_000);
  return { from, to, days, base, perTenThousandADay, amount };
}

function monthLater(date: string, months: number): string {
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
  return new Date(Date.UTC(year, month - 1 + months, day)).toISOString().slice(0, 10);
}
