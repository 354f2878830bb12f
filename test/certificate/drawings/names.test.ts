/** Names print as people write them, whatever standard their characters are from, and are copied out of the PDF as they went in. */
import { describe, expect, it } from "@jest/globals";
import { readBuilt } from "../../../src/certificate/drawings/1/template/built.js";
import { isWithin } from "../../../src/certificate/drawings/1/template/faces.js";
import { parseJson } from "../../../src/core/record/json.js";
import { drawFixture, makeFixture, STATEMENT, templateFiles } from "../fixture.js";
import { describeWith, run, temporaryFolder } from "../tools.js";

const built = readBuilt(
  parseJson(templateFiles().get("certificate/v1/built.json") as Uint8Array, { numbers: "canonical" }),
);
const unprinted = (text: Iterable<string>): string[] =>
  [...text].filter((character) => !isWithin(character.codePointAt(0) as number, built.printed));
const span = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i));

/** Every character of two bytes that this encoding has in these rows. */
function decoded(encoding: string, leads: readonly [number, number], trails: readonly number[]): string[] {
  const decoder = new TextDecoder(encoding);
  return span(leads[0], leads[1])
    .flatMap((lead) =>
      trails.map((trail) => decoder.decode(Uint8Array.of(lead.codePointAt(0) as number, trail))),
    )
    .filter((text) => Array.from(text).length === 1 && /\p{Script=Han}/u.test(text));
}
const BIG5_TRAILS = Array.from({ length: 0xff - 0x40 }, (_, i) => 0x40 + i).filter(
  (n) => n < 0x7f || n > 0xa0,
);

describe("what is printed as itself", () => {
  it.each([
    ["all of CJK Unified Ideographs: GB 18030-2022 level 2 asks for it", span(0x4e00, 0x9fff)],
    ["Extension A", span(0x3400, 0x4dbf)],
    ["Big5", decoded("big5", [0xa4, 0xf9], BIG5_TRAILS)],
    [
      "GBK",
      decoded(
        "gbk",
        [0x81, 0xfe],
        Array.from({ length: 0xbf }, (_, i) => 0x40 + i),
      ),
    ],
    // Of the 8,105 standard characters those beyond the first plane, a sample from each extension.
    [
      "standard characters of Extension B to E",
      "𠅤𠙶𠳐𡎚𡐓𣗋𣲗𣲘𣸣𤧛𤩽𤫉𥔲𥕢𥖨𥻗𦈡𦒍𦙶𦝼𦭜𦰡𧿹𨐈𨙸𨚕𨟠𨭉𨱇𨱏𨱑𨱔𨺙𩾃𩾌𪟝𪣻𪤗𪨰𪨶𪩘𪾢𫄧𫄨𫄷𫄸𫇭𫌀𫍣𫍯𫍲𫍽𫐄𫐐𫐓𫑡𫓧𫓯𫓶𫓹𫔍𫔎𫔶𫖮𫖯𫖳𫗧𫗴𫘜𫘝𫘦𫘧𫘨𫘪𫘬𫚕𫚖𫚭𫛭𫞩𫟅𫟦𫟹𫟼𫠆𫠊𫠜𫢸𫫇𫭟𫭢𫭼𫮃𫰛𫵷𫶇𫷷𫸩𬀩𬀪𬂩𬃊𬇕𬇙𬇹𬉼𬊈𬊤𬌗𬍛𬍡𬍤𬒈𬒔𬒗𬕂𬘓𬘘𬘡𬘩𬘫𬘬𬘭𬘯𬙂𬙊𬙋𬜬𬜯𬞟𬟁𬟽𬣙𬣞𬣡𬣳𬤇𬤊𬤝𬨂𬨎𬩽𬪩𬬩𬬭𬬮𬬱𬬸𬬹𬬻𬬿𬭁𬭊𬭎𬭚𬭛𬭤𬭩𬭬𬭯𬭳𬭶𬭸𬭼𬮱𬮿𬯀𬯎𬱖𬱟𬳵𬳶𬳽𬳿𬴂𬴃𬴊𬶋𬶍𬶏𬶐𬶟𬶠𬶨𬶭𬶮𬷕𬸘𬸚𬸣𬸦𬸪𬹼𬺈𬺓",
    ],
    ["names", "㛃䶮弢旼䜣𩽾𠮷㐂﨑𡈽兀嗀"],
    [
      "dots between parts of a name, and brackets of document numbers",
      "·・∙‧•⋅〔〕［］【】（）〈〉《》「」『』",
    ],
  ])("%s", (_, characters) => {
    expect([...characters].length).toBeGreaterThan(5);
    expect(unprinted(characters)).toEqual([]);
  });

  it("nothing that is not seen, reorders or combines, nor the sign itself", () => {
    const unseen =
      "\u0000\u00a0\u00ad\u0301\u05d0\u0627\u2003\u200b\u202e\u2028\u3164\u2800\u115f\ufe00\u{e0100}\u{e0041}\ue000⬚";
    expect(unprinted(unseen)).toEqual([...unseen]);
  });
});

describeWith(["pdftotext"], "copied out of the PDF", () => {
  const folder = temporaryFolder();
  it.each(["zh", "en"] as const)("a name is the name (%s), and costs a few glyphs", (language) => {
    const name = "㛃䶮弢旼䜣𫓧𬴂𩽾𫄧𫠆證據臺灣銀行";
    const organisation = "臺灣𫓧示例銀行・示例发〔2026〕12号";
    const pdf = drawFixture(
      language,
      makeFixture({
        statement: { ...STATEMENT, name, depositor: { ...STATEMENT.depositor, name: organisation } },
      }),
    );
    const text = run("pdftotext", "-layout", folder.write("names.pdf", pdf), "-")
      .toString()
      .replaceAll(/\s/g, "");
    expect(text).toContain(name);
    expect(text).toContain(organisation);
    expect(pdf.length).toBeLessThan(drawFixture(language).length + 14_000);
  });
});
