/** What a cell says, before it has a place. */

export interface Paragraph {
  readonly text: string;
  readonly isMono?: boolean;
  /** The other language's, smaller, after it or below. */
  readonly beside?: string;
}

const fixed = new WeakSet<readonly Paragraph[]>();

/** Paragraphs of a template's words alone, and how many of them are kept. */
export class FixedParagraphs {
  readonly #kept = new Map<string, readonly Paragraph[]>();
  static readonly MOST = 1000;

  /** `make`'s answer, the same object for the same key; it must not depend on anything else. */
  get(key: string, make: () => readonly Paragraph[]): readonly Paragraph[] {
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const made = make();
    if (this.#kept.size < FixedParagraphs.MOST) {
      fixed.add(made);
      this.#kept.set(key, made);
    }
    return made;
  }
}

/** Whether they come from `FixedParagraphs`, so that what is made of them may be remembered. */
export const isFixed = (paragraphs: readonly Paragraph[]): boolean => fixed.has(paragraphs);
