/** What the first page claims, read from the printed pages: of content, of digests, and by when. */
import { describe, expect, it } from "@jest/globals";
import type { Statement } from "../../src/core/record/statement.js";
import { drawFixture, makeFixture, STATEMENT } from "./fixture.js";
import { describeWith, run, temporaryFolder } from "./tools.js";

const LANGUAGES = ["zh", "en"] as const;
const folder = temporaryFolder();

/** Without white space and line ends, which differ from layout to layout. */
function printed(language: "zh" | "en", statement: Statement, pages: readonly string[] = []): string {
  const file = folder.write("claims.pdf", drawFixture(language, makeFixture({ statement })));
  return run("pdftotext", "-layout", ...pages, file, "-")
    .toString()
    .replaceAll(/\s+/g, "");
}
const firstPage = (language: "zh" | "en", statement: Statement) =>
  printed(language, statement, ["-f", "1", "-l", "1"]);
const joined = (text: string) => text.replaceAll(" ", "");
const byDepositor: Statement = { ...STATEMENT, digestsBy: "depositor" };

describeWith(["pdftotext"], "the first page", () => {
  it.each(LANGUAGES)("claims content that the service has received (%s)", (language) => {
    const text = firstPage(language, STATEMENT);
    expect(text).toContain(
      "凡重新计算所得摘要与下列各摘要一致的内容，即为不晚于2026-11-2416:00:04（北京时间）",
    );
    expect(text).toContain(joined("is what existed not later than 2026-11-24 16:00:04 (Beijing time)"));
    expect(text).toContain(joined("By its own record this service received the content"));
    expect(text).not.toContain("内容未经本服务接收");
  });

  it.each(LANGUAGES)("claims no content where the service was sent digests alone (%s)", (language) => {
    const text = firstPage(language, byDepositor);
    // In the headline, and beside the size.
    expect(text.split("内容未经本服务接收")).toHaveLength(3);
    expect(text).toContain(
      joined("This service did not receive the content, and this certificate claims none"),
    );
    expect(text).toContain(joined("not received by this service; as stated"));
    expect(text).not.toContain(joined("By its own record this service received"));
  });

  it.each(LANGUAGES)(
    "does not say that a digest has not changed, nor when something existed 'at' (%s)",
    (language) => {
      for (const statement of [STATEMENT, byDepositor]) {
        const text = firstPage(language, statement);
        expect(text).not.toMatch(/摘要此后未被更改|digestshavenotchanged|existedwhen|舍去毫秒/);
        // The second that the cosigners' clocks cut off is no bound.
        expect(text).not.toContain("16:00:03");
      }
    },
  );
});

describeWith(["pdftotext"], "times that lie far apart", () => {
  it.each(LANGUAGES)("are said beside them (%s)", (language) => {
    const said = /早于接收30日以上|over30daysbeforereceipt/g;
    // In both languages, once each.
    expect(firstPage(language, STATEMENT).match(said)).toHaveLength(2);
    const { createdAt: _, ...rest } = STATEMENT;
    expect(firstPage(language, rest)).not.toMatch(said);
    const after = { ...STATEMENT, createdAt: "2027-01-01T00:00:00.000Z" };
    expect(firstPage(language, after)).toContain("晚于接收");
    const early = { ...STATEMENT, receivedAt: "1999-11-24T08:00:00.000Z" };
    expect(printed(language, early)).toContain("晚于接收一日以上");
  });
});

describeWith(["pdftotext"], "the checks before issue", () => {
  describe.each(LANGUAGES)("%s", (language) => {
    it("leave out the record where the service itself has computed its digests", () => {
      expect(printed(language, STATEMENT)).not.toMatch(/原始记录与摘要相符|recordmatchesitsdigests/);
    });

    it("say that no record was compared where the depositor sent the digests", () => {
      expect(printed(language, byDepositor)).toContain("原始记录与摘要相符：未进行");
    });
  });
});
