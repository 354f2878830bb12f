import { describe, expect, it, jest } from "@jest/globals";
import { LINES_PER_CAUSE } from "../../src/platform/files/bounded-lines.js";
import { createLogger, type LogLevel } from "../../src/platform/logger.js";

function lines(level: LogLevel) {
  const written: string[] = [];
  const logger = createLogger({ name: "test", level, destination: { write: (line) => written.push(line) } });
  return { logger, read: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe("createLogger", () => {
  it("writes the program's name, the level as a word and the time in UTC", () => {
    const { logger, read } = lines("info");
    logger.info("hello");
    logger.debug("not this");
    expect(read()).toEqual([expect.objectContaining({ name: "test", level: "info", msg: "hello" })]);
    expect(read()[0]?.["time"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it("leaves the bearer token of a request out", () => {
    const { logger, read } = lines("info");
    logger.info({ request: { headers: { authorization: "Bearer cz_1_secret" } } }, "a request");
    expect(JSON.stringify(read())).not.toContain("secret");
  });

  it("bounds what strangers make a line hold", () => {
    const { logger, read } = lines("info");
    const long = "x".repeat(15_000);
    const deep = { a: { b: { c: { d: { e: long } } } } };
    const error = Object.assign(new Error(long), { detail: { got: long } });
    logger.info(
      { path: `/${long}`, deep, list: Array.from({ length: 1000 }, () => 1), err: error },
      "a request failed",
    );
    const text = JSON.stringify(read());
    expect(text.length).toBeLessThan(8_000);
    expect(text).toContain("(15001 characters)");
    expect(read()[0]?.["err"]).toMatchObject({ type: "Error", message: expect.stringMatching(/^x{500}…/) });
  });

  it("leaves out lines of one cause above so many, and says how many; never what has no cause", () => {
    jest.useFakeTimers();
    try {
      const { logger, read } = lines("info");
      for (let i = 0; i < 1000; i++) {
        logger.info({ code: "not-found", path: `/${i}` }, "a request was refused");
        logger.warn({ i }, "the disk is slow");
        logger.info({ keyId: i }, "a key was made");
      }
      logger.info({ code: "unauthenticated" }, "a request was refused");
      const counted = () => {
        const counts: Record<string, number> = {};
        for (const { msg, code } of read()) {
          const name = [msg, code].filter((part) => part !== undefined).join(": ");
          counts[name] = (counts[name] ?? 0) + 1;
        }
        return counts;
      };
      expect(counted()).toEqual({
        "a request was refused: not-found": LINES_PER_CAUSE,
        "a request was refused: unauthenticated": 1,
        "the disk is slow": LINES_PER_CAUSE,
        "a key was made": 1000,
      });
      jest.advanceTimersByTime(10_000);
      expect(read().slice(-2)).toEqual([
        expect.objectContaining({
          level: "warn",
          cause: "a request was refused: not-found",
          suppressed: 900,
          seconds: 10,
        }),
        expect.objectContaining({ level: "warn", cause: "the disk is slow", suppressed: 900 }),
      ]);
      logger.warn("the disk is slow");
      expect(counted()["the disk is slow"]).toBe(LINES_PER_CAUSE + 1);
    } finally {
      jest.useRealTimers();
    }
  });
});
