import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { makeLoanDossier } from "../../scripts/sample-dossier/dossier.js";

const FOLDER = new URL("../../templates/samples/loan/", import.meta.url);
const font = (name: string) => readFileSync(new URL(`../../templates/fonts/${name}`, import.meta.url));
const json = (file: string) => JSON.parse(readFileSync(new URL(file, FOLDER), "utf8"));
const cents = (amount: string) => Math.round(Number(amount) * 100);

describe("the sample loan dossier", () => {
  const manifest = json("dossier.json");

  it("is what its program makes, byte for byte", async () => {
    const files = await makeLoanDossier({
      regular: font("NotoSerifSC-Regular.ttf"),
      bold: font("NotoSerifSC-Bold.ttf"),
    });
    expect([...files.keys()].sort()).toEqual(readdirSync(FOLDER).sort());
    for (const [name, bytes] of files) {
      expect([name, Buffer.compare(bytes, readFileSync(new URL(name, FOLDER)))]).toEqual([name, 0]);
    }
  });

  it("lists every file once, with all that a deposit needs", () => {
    const files = manifest.records.map((record: { file: string }) => record.file);
    expect([...files, "dossier.json"].sort()).toEqual(readdirSync(FOLDER).sort());
    for (const record of manifest.records) {
      expect(record.recordType).toMatch(/^loan\.[a-z]+$/);
      expect(record.createdAt).toMatch(/^2025-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(["record", "file", "digests"]).toContain(record.deposit);
      expect(record.deposit === "digests" && record.retain).toBe(false);
    }
    const times = manifest.records.map((record: { createdAt: string }) => record.createdAt);
    expect([...times].sort()).toEqual(times);
  });

  it("shows the stages of a loan: a failed debit among six repayments, a notice, a claim", () => {
    const types = manifest.records.map((record: { recordType: string }) => record.recordType);
    expect(types.filter((type: string) => type === "loan.repayment")).toHaveLength(6);
    const repayments = [1, 2, 3, 4, 5, 6].map((n) =>
      json(`${String(7 + n).padStart(2, "0")}-repayment-${n}.json`),
    );
    expect(repayments.filter(({ result }) => result === "failed")).toHaveLength(1);
    expect(types.at(-1)).toBe("loan.claim");
  });

  it("adds up: paid is allocated, principal is what was paid out less what was paid back, the claim its parts", () => {
    const { amountPaid } = json("05-disbursement.json");
    const schedule = json("06-schedule.json");
    const total = schedule.instalments.reduce(
      (sum: number, i: { principal: string }) => sum + cents(i.principal),
      0,
    );
    expect(total).toBe(cents(amountPaid));

    let owed = cents(amountPaid);
    for (let n = 1; n <= 6; n++) {
      const entry = json(`${String(7 + n).padStart(2, "0")}-repayment-${n}.json`);
      const { defaultInterest, interest, principal } = entry.allocation;
      expect(cents(defaultInterest) + cents(interest) + cents(principal)).toBe(cents(entry.amountPaid));
      owed -= cents(principal);
      expect(cents(entry.principalOutstanding)).toBe(owed);
    }

    const claim = json("15-claim-sheet.json");
    const periods = [...claim.defaultInterest.periods, claim.interest.accruedUntilAcceleration];
    for (const { from, to, days, base, dailyRate, amount } of periods) {
      expect((Date.parse(to) - Date.parse(from)) / 86_400_000).toBe(days);
      expect(Math.abs(Number(base) * Number(dailyRate) * days - Number(amount))).toBeLessThanOrEqual(
        0.005 + 1e-9,
      );
    }
    expect(cents(claim.principal)).toBe(owed);
    expect(cents(claim.total)).toBe(owed + cents(claim.interest.total) + cents(claim.defaultInterest.total));
  });
});
