/**
 * Breaking text into lines: between Chinese characters, at the spaces of Latin text, and where one word is wider
 * than a line, anywhere; also after a stroke. A closing mark never begins a line and an opening one never ends it (GB/T 15834).
 */

const IDEOGRAPHIC = /[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]|[\u{20000}-\u{3ffff}]/u;
const CLOSING = /[，。、；：！？）》」』】〕〉％,.;:!?)\]}%”’…]/;
const OPENING = /[（《「『【〔〈([{“‘]/;

interface Unit {
  text: string;
  width: number;
  /** White space: dropped at the end of a line. */
  readonly isSpace: boolean;
}

export interface Line {
  readonly text: string;
  readonly width: number;
}

/** At least one line, the empty one for an empty text. Linear in the length of the text. */
export function breakLines(text: string, maxWidth: number, widthOf: (text: string) => number): Line[] {
  const lines: Line[] = [];
  let [line, width] = ["", 0];
  let pending: Unit | undefined;
  const end = (): void => {
    lines.push({ text: line, width });
    [line, width, pending] = ["", 0, undefined];
  };
  for (const unit of units(text, widthOf)) {
    if (unit.isSpace) {
      if (line !== "") pending = unit;
      continue;
    }
    const space = pending?.width ?? 0;
    if (line !== "" && width + space + unit.width > maxWidth) end();
    if (pending !== undefined) {
      line += pending.text;
      width += pending.width;
      pending = undefined;
    }
    for (const part of unit.width > maxWidth ? pieces(unit.text, maxWidth, widthOf) : [unit]) {
      if (line !== "" && width + part.width > maxWidth) end();
      line += part.text;
      width += part.width;
    }
  }
  if (line !== "" || lines.length === 0) end();
  return lines;
}

/** Words, single ideographs with the marks that cling to them, and white space. */
function units(text: string, widthOf: (text: string) => number): Unit[] {
  const list: Unit[] = [];
  let opening = "";
  let word = "";
  const add = (content: string, isSpace: boolean): void => {
    if (content !== "") list.push({ text: content, width: widthOf(content), isSpace });
  };
  const endWord = (): void => {
    add(word, false);
    word = "";
  };
  for (const character of text) {
    const last = list.at(-1);
    if (character === " " || character === "\u3000") {
      endWord();
      add(opening, false);
      opening = "";
      if (last !== undefined && last.isSpace && word === "" && list.at(-1) === last) {
        last.text += character;
        last.width += widthOf(character);
      } else add(character, true);
    } else if (opening === "" && clings(character, word, last)) {
      if (word !== "") word += character;
      else if (last !== undefined) {
        last.text += character;
        last.width += widthOf(character);
      }
      endWord();
    } else if (OPENING.test(character) && (word === "" || IDEOGRAPHIC.test(character))) {
      endWord();
      opening += character;
    } else if (!IDEOGRAPHIC.test(character)) {
      word = word === "" ? opening + character : word + character;
      opening = "";
      // Paths and addresses may break after a stroke.
      if (character === "/" && word.length > 3) endWord();
    } else {
      endWord();
      add(opening + character, false);
      opening = "";
    }
  }
  endWord();
  add(opening, false);
  return list;
}

/** A closing mark stays with what it closes; inside a Latin word a point or comma is a letter like any other. */
function clings(character: string, word: string, last: Unit | undefined): boolean {
  if (!CLOSING.test(character)) return false;
  if (word !== "") return IDEOGRAPHIC.test(character);
  return last !== undefined && !last.isSpace;
}

function pieces(text: string, maxWidth: number, widthOf: (text: string) => number): Unit[] {
  const list: Unit[] = [];
  let [piece, width] = ["", 0];
  for (const character of text) {
    const next = widthOf(character);
    if (piece !== "" && width + next > maxWidth) {
      list.push({ text: piece, width, isSpace: false });
      [piece, width] = ["", 0];
    }
    piece += character;
    width += next;
  }
  if (piece !== "") list.push({ text: piece, width, isSpace: false });
  return list;
}
