/**
 * The fonts of the certificate, made once and committed: Noto Serif SC cut to what a Chinese business document
 * needs and drawn on a coarser grid, Source Code Pro as it comes (its licence reserves its name for unaltered copies).
 *
 *     npm pack @expo-google-fonts/noto-serif-sc@0.4.3 @expo-google-fonts/source-code-pro@0.4.1
 *     (unpack both)
 *     node dist/scripts/make-fonts.js NOTO_FOLDER SOURCE_CODE_FOLDER templates/fonts
 *
 * Every byte of these files goes into the template's digest: making them anew makes another template.
 */
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv, stdout } from "node:process";
import subsetFont from "subset-font";
import { coarsen } from "./coarsen-font.js";

/** What was cut, so that a later run starts from the same files. */
const SOURCES = {
  "400Regular/NotoSerifSC_400Regular.ttf": "c358a69de3df5f423a8946a7b03e3126fb6ba116f1130a463455b4e39e1f0742",
  "700Bold/NotoSerifSC_700Bold.ttf": "9c6a2ba736e4b499c84f65ce366bd3625c0401885fd3e585ace50fb738b96ff6",
  "400Regular/SourceCodePro_400Regular.ttf":
    "1bd0bb61d974f62f9cc208a162fd3a7a13f95ba0b56b88b870730bf3ae1ba358",
};

/** A 250th of the em: 0.04 mm at the size of the title, and a sixth less in every certificate. */
const UNITS_PER_EM = 250;

const [notoFolder = "", sourceCodeFolder = "", outFolder = ""] = argv.slice(2);
if (outFolder === "") throw new Error("usage: make-fonts NOTO_FOLDER SOURCE_CODE_FOLDER OUT");

/** Latin with every accent in use, Greek, Cyrillic, punctuation, arrows, enclosed numbers, full-width forms. */
const LATIN = ranges([0x20, 0x7e], [0xa0, 0x24f], [0x1e00, 0x1eff], [0x370, 0x3ff], [0x400, 0x4ff]);
const SYMBOLS = ranges(
  [0x2010, 0x2027],
  [0x2030, 0x203b],
  [0x20a0, 0x20bf],
  [0x2100, 0x214f],
  [0x2190, 0x2193],
  [0x2212, 0x2212],
  [0x2248, 0x2265],
  [0x2460, 0x2473],
  [0x25a0, 0x25d0],
  [0x2713, 0x2713],
  [0x3000, 0x301c],
  [0xff01, 0xff5e],
  [0xffe0, 0xffe5],
);
/** Given names chosen often that the standard of 1980 did not foresee. */
const NAMES =
  "镕喆堃昇珺頔赟翀彧璟祎玥琤暐煊熠晟昕囍垚淼犇骉羴鱻猋麤赑煜烜晗晞暄暘昶旻旸昉昀玘玙玚珂珅珉珣琇琎琛琬琰瑀瑄瑢璇璐璠璘璨瓒祐祺禛禔禤稷竑笙筠箬翊翎胤芃苡苒茜茗荃莞菀萱葳蓁蔚薇蘅衎褀觐訚诩谡赜赟跹轶迩逸邈郅郗郦酆钊钰铄锜锴镡镠闳闵阊霈霁靓靖韫韬頫颀颢飏馨骁骐骞鲲鸢鸾麒麟黉龢曌淏渼湉溦滢潆澍澔濛灏炆炘烨焱焜燊嫄嫚婳媖嬿孖尧屾峄峣崟嵘嵩巘彣彤忞怡恺惇愫慜懿戬抃昊晁晏朕枢桁桄棽楗楷榆榛槿樾橦歆毓沄沅沚泓泫洧洵洺浠浛涵淙淳淯";

const regular = LATIN + SYMBOLS + gb2312(0xa1, 0xf7) + NAMES;
// Bold is for headings: the Latin of any wording, and the first level of GB2312, the 3,755 usual characters.
const bold = LATIN + SYMBOLS + gb2312(0xa1, 0xa3) + gb2312(0xb0, 0xd7);

await cut(notoFolder, "400Regular/NotoSerifSC_400Regular.ttf", regular, "NotoSerifSC-Regular.ttf");
await cut(notoFolder, "700Bold/NotoSerifSC_700Bold.ttf", bold, "NotoSerifSC-Bold.ttf");
source(sourceCodeFolder, "400Regular/SourceCodePro_400Regular.ttf");
copyFileSync(
  join(sourceCodeFolder, "400Regular/SourceCodePro_400Regular.ttf"),
  join(outFolder, "SourceCodePro-Regular.ttf"),
);

/** No layout tables: text is set glyph by glyph, which Chinese and Latin allow, and runs many times faster. */
async function cut(folder: string, name: keyof typeof SOURCES, text: string, out: string): Promise<void> {
  const bytes = await subsetFont(source(folder, name), text, {
    targetFormat: "truetype",
    noHinting: true,
    dropTables: ["GSUB", "GPOS", "GDEF", "BASE", "STAT", "gasp", "vhea", "vmtx"],
  });
  const coarse = coarsen(bytes, UNITS_PER_EM);
  writeFileSync(join(outFolder, out), coarse);
  stdout.write(`${out}: ${new Set(text).size} characters, ${coarse.length} bytes\n`);
}

function source(folder: string, name: keyof typeof SOURCES): Buffer {
  const bytes = readFileSync(join(folder, name));
  const got = createHash("sha256").update(bytes).digest("hex");
  if (got !== SOURCES[name]) throw new Error(`${name} is another file: got ${got}, want ${SOURCES[name]}`);
  return bytes;
}

function ranges(...spans: readonly (readonly [number, number])[]): string {
  return spans
    .flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i))
    .map((codePoint) => String.fromCodePoint(codePoint))
    .join("");
}

/** GB2312, rows by their lead bytes; the decoder of the name reads GBK, whose extra cells these rows may hold. */
function gb2312(firstRow: number, lastRow: number): string {
  const decoder = new TextDecoder("gb2312");
  const cells: number[] = [];
  for (let row = firstRow; row <= lastRow; row++)
    for (let cell = 0xa1; cell <= 0xfe; cell++) cells.push(row, cell);
  return decoder.decode(Uint8Array.from(cells)).replaceAll(/[\ufffd\ue000-\uf8ff]/g, "");
}
