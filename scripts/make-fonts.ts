/**
 * The fonts of the certificate, made once and committed: a common face, and rarer ones that are opened when one of their
 * characters comes. Noto Serif and Hanazono are cut and drawn on a coarser grid, Source Code Pro is as it comes (its
 * licence reserves its name for unaltered copies, as that of Hanazono does: what is cut of it has another name).
 *
 *     npm pack @expo-google-fonts/noto-serif-sc@0.4.3 @expo-google-fonts/noto-serif-tc@0.4.4 @expo-google-fonts/source-code-pro@0.4.1
 *     apt-get download fonts-hanazono=20170904-2.1
 *     (unpack the four side by side: FOLDER/noto-serif-sc/400Regular/..., FOLDER/hanazono/HanaMinA.ttf, ...)
 *     node dist/scripts/make-fonts.js FOLDER templates/fonts
 *
 * Every byte of these files goes into the template's digest: making them anew makes another template.
 */
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv, stdout } from "node:process";
import subsetFont from "subset-font";
import { openFace } from "../src/certificate/drawings/1/template/face.js";
import { coarsen } from "./coarsen-font.js";

/** What was cut, so that a later run starts from the same files. */
const SOURCES = {
  regular: [
    "noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf",
    "c358a69de3df5f423a8946a7b03e3126fb6ba116f1130a463455b4e39e1f0742",
  ],
  bold: [
    "noto-serif-sc/700Bold/NotoSerifSC_700Bold.ttf",
    "9c6a2ba736e4b499c84f65ce366bd3625c0401885fd3e585ace50fb738b96ff6",
  ],
  mono: [
    "source-code-pro/400Regular/SourceCodePro_400Regular.ttf",
    "1bd0bb61d974f62f9cc208a162fd3a7a13f95ba0b56b88b870730bf3ae1ba358",
  ],
  traditional: [
    "noto-serif-tc/400Regular/NotoSerifTC_400Regular.ttf",
    "b0acf9799d5dc656cdeff077d36b2ee9032b762e05b3f8a7b76c81dee4eec08c",
  ],
  hanazonoA: ["hanazono/HanaMinA.ttf", "7ca87559414474848fc513a8d8eb42d5b0f8194c30c2abdfbfedff5398ec88d7"],
} as const;
type Source = keyof typeof SOURCES;

/** A 250th of the em: 0.04 mm at the size of the title, and a sixth less in every certificate. */
const UNITS_PER_EM = 250;
/** Of the rarest, whose outlines come with many points: a 0.07 mm at the size of a name. */
const RAREST_UNITS_PER_EM = 128;

const [folder = "", outFolder = ""] = argv.slice(2);
if (outFolder === "") throw new Error("usage: make-fonts FOLDER OUT");

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
  // The sign around the code point of what can't be printed.
  [0x2b1a, 0x2b1a],
  [0x3000, 0x301c],
  // The middle dot of Japanese, which names are written with as well.
  [0x30fb, 0x30fb],
  [0xff01, 0xff5e],
  [0xffe0, 0xffe5],
);
/** Given names chosen often that the standard of 1980 did not foresee. */
const NAMES =
  "镕喆堃昇珺頔赟翀彧璟祎玥琤暐煊熠晟昕囍垚淼犇骉羴鱻猋麤赑煜烜晗晞暄暘昶旻旸昉昀玘玙玚珂珅珉珣琇琎琛琬琰瑀瑄瑢璇璐璠璘璨瓒祐祺禛禔禤稷竑笙筠箬翊翎胤芃苡苒茜茗荃莞菀萱葳蓁蔚薇蘅衎褀觐訚诩谡赜赟跹轶迩逸邈郅郗郦酆钊钰铄锜锴镡镠闳闵阊霈霁靓靖韫韬頫颀颢飏馨骁骐骞鲲鸢鸾麒麟黉龢曌淏渼湉溦滢潆澍澔濛灏炆炘烨焱焜燊嫄嫚婳媖嬿孖尧屾峄峣崟嵘嵩巘彣彤忞怡恺惇愫慜懿戬抃昊晁晏朕枢桁桄棽楗楷榆榛槿樾橦歆毓沄沅沚泓泫洧洵洺浠浛涵淙淳淯";

const regular = LATIN + SYMBOLS + decoded("gb2312", [0xa1, 0xf7], [0xa1, 0xfe]) + NAMES;
// Bold is for headings: the Latin of any wording, and the first level of GB2312, the 3,755 usual characters.
const bold =
  LATIN +
  SYMBOLS +
  decoded("gb2312", [0xa1, 0xa3], [0xa1, 0xfe]) +
  decoded("gb2312", [0xb0, 0xd7], [0xa1, 0xfe]);

const known = new Set<number>();
await cut({ source: "regular", characters: pointsOf(regular), out: "NotoSerifSC-Regular.ttf" });
await cut({ source: "bold", characters: pointsOf(bold), out: "NotoSerifSC-Bold.ttf" });
// What is met now and then: the traditional characters of every day, and those beyond the first plane that the
// standard of 2013 (8,105 characters) and names have.
const nowAndThen = pointsOf(decoded("big5", [0xa4, 0xc6], [0x40, 0xfe]));
for (const codePoint of charactersOf("regular")) if (codePoint > 0xffff) nowAndThen.add(codePoint);
await cut({ source: "regular", characters: nowAndThen, out: "NotoSerifSC-Rare1.ttf" });
// Every other character of the same source: all of CJK Unified Ideographs and Extension A among them.
await cut({ source: "regular", characters: charactersOf("regular"), out: "NotoSerifSC-Rare2.ttf" });
// Characters of Hong Kong and Taiwan.
await cut({ source: "traditional", characters: charactersOf("traditional"), out: "NotoSerifTC-Rare.ttf" });
// Signs, and characters of the extensions that are better known.
const rarest = { unitsPerEm: RAREST_UNITS_PER_EM, name: "CunzhengRareHan1" };
await cut({ source: "hanazonoA", characters: charactersOf("hanazonoA"), out: "RareHan1.ttf", ...rarest });
read("mono");
copyFileSync(join(folder, SOURCES.mono[0]), join(outFolder, "SourceCodePro-Regular.ttf"));

interface Cut {
  readonly source: Source;
  /** Those that an earlier face has are left out; bold is no earlier face. */
  readonly characters: ReadonlySet<number>;
  readonly out: string;
  readonly unitsPerEm?: number;
  /** The font's own, where its licence keeps that for unaltered copies. */
  readonly name?: string;
}

/** No layout tables: text is set glyph by glyph, which Chinese and Latin allow, and runs many times faster. */
async function cut({ source, characters, out, unitsPerEm = UNITS_PER_EM, name }: Cut): Promise<void> {
  const has = charactersOf(source);
  const wanted = [...characters].filter((one) => has.has(one) && (source === "bold" || !known.has(one)));
  const bytes = await subsetFont(read(source), String.fromCodePoint(...wanted), {
    targetFormat: "truetype",
    noHinting: true,
    dropTables: [
      "GSUB",
      "GPOS",
      "GDEF",
      "BASE",
      "STAT",
      "gasp",
      "vhea",
      "vmtx",
      "VORG",
      "cvt ",
      "fpgm",
      "prep",
    ],
  });
  const coarse = coarsen(bytes, { unitsPerEm, ...(name && { name }) });
  writeFileSync(join(outFolder, out), coarse);
  if (source !== "bold") for (const codePoint of wanted) known.add(codePoint);
  stdout.write(`${out}: ${wanted.length} characters, ${coarse.length} bytes\n`);
}

function read(source: Source): Buffer {
  const [name, want] = SOURCES[source];
  const bytes = readFileSync(join(folder, name));
  const got = createHash("sha256").update(bytes).digest("hex");
  if (got !== want) throw new Error(`${name} is another file: got ${got}, want ${want}`);
  return bytes;
}

/** Without those for private use. */
function charactersOf(source: Source): ReadonlySet<number> {
  return new Set(
    openFace(read(source))
      .codePoints()
      .filter((codePoint) => !/\p{Co}/u.test(String.fromCodePoint(codePoint))),
  );
}

function pointsOf(text: string): Set<number> {
  return new Set(Array.from(text, (character) => character.codePointAt(0) as number));
}

function ranges(...spans: readonly (readonly [number, number])[]): string {
  return spans
    .flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i))
    .map((codePoint) => String.fromCodePoint(codePoint))
    .join("");
}

/**
 * The characters of two bytes, by the first and the last of each: decoders may know more cells than the standard, and
 * answer with a mark of their own or private use where they know none.
 */
function decoded(
  encoding: string,
  [firstLead, lastLead]: readonly [number, number],
  [firstTrail, lastTrail]: readonly [number, number],
): string {
  const decoder = new TextDecoder(encoding);
  let text = "";
  for (let lead = firstLead; lead <= lastLead; lead++)
    for (let trail = firstTrail; trail <= lastTrail; trail++)
      text +=
        decoder.decode(Uint8Array.of(lead, trail)).length === 1
          ? decoder.decode(Uint8Array.of(lead, trail))
          : "";
  return text.replaceAll(/[\ufffd\ue000-\uf8ff]/g, "");
}
