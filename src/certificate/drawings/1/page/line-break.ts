/**
 * Breaking text into lines: between Chinese characters, at the spaces of Latin text, and where one word is wider
 * than a line, anywhere; also after a stroke. A closing mark never begins a line and an opening one never ends it (GB/T 15834).
 */

const IDEOGRAPHIC = /[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]|[\u{20000}-\u{3ffff}]/u;
const CLOSING = /[，。、；：！？）》」』】〕〉％,.;:!?)\]}%”’…]/;
const OPENING = /[（《「『【〔〈([{“‘]/;

const KIND = { known: 1, ideographic: 2, closing: 4, opening: 8 };
/** What a character is, remembered: the expressions above decide each one once. */
const kinds = new Uint8Array(0x10000);

function kindOf(character: string): number {
  const code = character.length === 1 ? character.charCodeAt(0) : -1;
  let kind = code < 0 ? 0 : (kinds[code] as number);
  if (kind === 0) {
    kind =
      KIND.known |
      (IDEOGRAPHIC.test(character) ? KIND.ideographic : 0) |
      (CLOSING.test(character) ? KIND.closing : 0) |
      (OPENING.test(character) ? KIND.opening : 0);
    if (code >= 0) kinds[code] = kind;
  }
  return kind;
}

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
  if (!isSpaceAt(text, 0) && !isSpaceAt(text, text.length - 1)) {
    const width = widthOf(text);
    if (width <= maxWidth) return [{ text, width }];
  }
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

function isSpaceAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x3000;
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
    const last = list[list.length - 1];
    const kind = kindOf(character);
    if (character === " " || character === "\u3000") {
      endWord();
      add(opening, false);
      opening = "";
      if (last !== undefined && last.isSpace && word === "" && list.at(-1) === last) {
        last.text += character;
        last.width += widthOf(character);
      } else add(character, true);
    } else if (opening === "" && (kind & KIND.closing) !== 0 && clings(kind, word, last)) {
      if (word !== "") word += character;
      else if (last !== undefined) {
        last.text += character;
        last.width += widthOf(character);
      }
      endWord();
    } else if ((kind & KIND.opening) !== 0 && (word === "" || (kind & KIND.ideographic) !== 0)) {
      endWord();
      opening += character;
    } else if ((kind & KIND.ideographic) === 0) {
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
function clings(kind: number, word: string, last: Unit | undefined): boolean {
  if (word !== "") return (kind & KIND.ideographic) !== 0;
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
