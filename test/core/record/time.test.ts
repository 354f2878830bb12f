import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { formatTime, parseTime } from "../../../src/core/record/time.js";
import { casesOfLongProof } from "../../long-proof.js";
import { expectRefusal, readCases } from "../vector-files.js";

interface Text {
  readonly text: string;
}
const { accepted, refused } = readCases<Text & { milliseconds: number }, Text>("time", "times");

const DAY_MS = 86_400_000;
const [FIRST_MS, LAST_MS] = [Date.UTC(2000, 0, 1) - 730_485 * DAY_MS, Date.UTC(10_000, 0, 1) - 1];

describe("times", () => {
  it.each(accepted)("accepted: $name", ({ text, milliseconds }) => {
    expect(parseTime(text)).toBe(milliseconds);
    expect(formatTime(milliseconds)).toBe(text);
  });

  it.each(refused)("refused: $name", ({ text, code }) => {
    expectRefusal(() => parseTime(text), code);
  });

  it("agree with Date on days of four hundred years and any millisecond of ten thousand", () => {
    const days = casesOfLongProof("days of four hundred years", [...Array(146_097).keys()], 5000);
    for (const day of days) {
      const timeMs = Date.UTC(1800, 0, 1) + day * DAY_MS;
      const text = new Date(timeMs).toISOString();
      if (formatTime(timeMs) !== text || parseTime(text) !== timeMs) throw new Error(text);
    }
    fc.assert(
      fc.property(fc.integer({ min: FIRST_MS, max: LAST_MS }), (timeMs) => {
        const text = new Date(timeMs).toISOString();
        expect(formatTime(timeMs)).toBe(text);
        expect(parseTime(text)).toBe(timeMs);
      }),
    );
  });

  it("exist only where Date keeps them as they are written", () => {
    const digits = (width: number) => fc.nat(10 ** width - 1).map((n) => String(n).padStart(width, "0"));
    const fields = fc.tuple(digits(4), digits(2), digits(2), digits(2), digits(2), digits(2), digits(3));
    fc.assert(
      fc.property(fields, ([year, month, day, hour, minute, second, millisecond]) => {
        const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.${millisecond}Z`;
        const date = new Date(text);
        if (!Number.isNaN(date.getTime()) && date.toISOString() === text)
          expect(parseTime(text)).toBe(date.getTime());
        else expectRefusal(() => parseTime(text), "time-invalid");
      }),
      { numRuns: 1000 },
    );
  });

  it.each([FIRST_MS - 1, LAST_MS + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    "%d ms has no text",
    (timeMs) => {
      expect(() => formatTime(timeMs)).toThrow("internal");
    },
  );
});
