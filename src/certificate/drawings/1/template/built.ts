/**
 * `built.json`: what was made of a template's files when it was built, and their digests. A certificate names the digest
 * of this file, so it fixes all of them. docs/evidence-format.md, section 9.
 */
import { base64, bytesFromBase64 } from "../../../../core/bytes.js";
import { canonicalJson } from "../../../../core/record/canonical.js";
import type { JsonValue } from "../../../../core/record/json.js";
import {
  readArray,
  readInteger,
  readLiteral,
  readNumber,
  readObject,
  readString,
  type Reader,
} from "../../../../core/record/reader.js";
import type { Range } from "./faces.js";
import { readEach } from "./layout.js";

export interface BuiltPlates {
  /** PDF objects, from number 1 on, as they stand in the file. */
  readonly objects: Uint8Array;
  readonly offsets: readonly number[];
  /** Of the fonts among them, in the order of their codes. */
  readonly characters: Readonly<Record<"regular" | "bold" | "mono", string>>;
  /** Numbers of objects. */
  readonly ids: {
    readonly fonts: Readonly<Record<string, number>>;
    readonly forms: number;
    readonly seal: number;
    readonly profile: number;
  };
  /** In points. */
  readonly heights: {
    readonly page: number;
    readonly emblem: number;
    readonly title: number;
    readonly offline: readonly number[];
    readonly limits: readonly number[];
  };
}

export interface BuiltTemplate {
  /** Base64 SHA-256 of the template's other files, by their names under `templates/`. */
  readonly files: Readonly<Record<string, string>>;
  /** The characters of users' text that are printed as themselves. */
  readonly printed: readonly Range[];
  /** By file: the characters for which that face is opened. */
  readonly rare: readonly { readonly file: string; readonly characters: readonly Range[] }[];
  readonly plates: Readonly<Record<"zh" | "en", BuiltPlates>>;
}

export function encodeBuilt({ files, printed, rare, plates }: BuiltTemplate): Uint8Array {
  const spelled = ({ objects, ...others }: BuiltPlates) => ({ ...others, objects: base64(objects) });
  return canonicalJson({
    type: "cunzheng/certificate-template@v1",
    drawing: 1,
    files,
    printed: printed.flat(),
    rare: rare.map(({ file, characters }) => ({ file, characters: characters.flat() })),
    plates: { zh: spelled(plates.zh), en: spelled(plates.en) },
  });
}

/** Throws `ParseError` with the member that is wrong. */
export const readBuilt = (value: JsonValue): BuiltTemplate =>
  readObject(value, "", {
    required: {
      type: readLiteral("cunzheng/certificate-template@v1"),
      drawing: readInteger({ min: 1, max: 1 }),
      files: readMap(readString),
      printed: readRanges,
      rare: readArray((face, field) =>
        readObject(face, field, { required: { file: readString, characters: readRanges } }),
      ),
      plates: readEach(["zh", "en"], readPlates),
    },
  });

const readId = readInteger({ min: 1, max: 100_000 });

const readPlates = (value: JsonValue, field: string): BuiltPlates =>
  readObject(value, field, {
    required: {
      objects: (text, at) => bytesFromBase64(readString(text, at)),
      offsets: readArray(readInteger({ min: 0, max: 50_000_000 })),
      characters: readEach(["regular", "bold", "mono"], readString),
      ids: (ids, at) =>
        readObject(ids, at, {
          required: { fonts: readMap(readId), forms: readId, seal: readId, profile: readId },
        }),
      heights: (heights, at) =>
        readObject(heights, at, {
          required: {
            page: readNumber,
            emblem: readNumber,
            title: readNumber,
            offline: readArray(readNumber),
            limits: readArray(readNumber),
          },
        }),
    },
  });

/** Any names, each with a value of this kind. */
function readMap<T>(read: Reader<T>): Reader<Readonly<Record<string, T>>> {
  return (value, field) => {
    const names = typeof value === "object" && value !== null ? Object.keys(value) : [];
    return readEach(names, read)(value, field);
  };
}

/** First and last code points in turn, ascending. */
const readRanges: Reader<readonly Range[]> = (value, field) => {
  const numbers = readArray(readInteger({ min: 0, max: 0x10ffff }))(value, field);
  return Array.from(
    { length: numbers.length >> 1 },
    (_, i) => [numbers[2 * i], numbers[2 * i + 1]] as unknown as Range,
  );
};
