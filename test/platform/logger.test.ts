import { describe, expect, it } from "@jest/globals";
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
});
