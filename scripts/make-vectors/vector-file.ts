/**
 * The form of the files under test/vectors/: cases that are accepted and cases that are refused with a code, one on
 * a line, so that a change reads as the cases it changes.
 */
export interface VectorCase {
  readonly name: string;
  readonly [member: string]: unknown;
}

export interface VectorFile {
  /** What the members mean. */
  readonly about: string;
  readonly accepted: readonly VectorCase[];
  readonly refused: readonly VectorCase[];
}

/** By path below test/vectors/. */
export type VectorFiles = Readonly<Record<string, VectorFile>>;

export function encodeVectorFile({ about, accepted, refused }: VectorFile): string {
  const list = (cases: readonly VectorCase[]) => cases.map((each) => `    ${visible(each)}`).join(",\n");
  return `{\n  "about": ${visible(about)},\n  "accepted": [\n${list(accepted)}\n  ],\n  "refused": [\n${list(refused)}\n  ]\n}\n`;
}

/** JSON in which no character hides: white space and control characters beyond ASCII are written as escapes. */
function visible(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f\u3000\ufeff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
