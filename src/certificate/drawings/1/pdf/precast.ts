/**
 * Objects that are the same in every certificate of a template: written once by pdfkit, compressed as well as can be,
 * and put into each file as they are. Their numbers are fixed, since they come first in every document.
 */
import { zlibSync } from "fflate";
import { utf8 } from "../../../../core/bytes.js";
import { type DocumentOptions, PdfDocument } from "./pdf-document.js";
import type { PdfReference, Precast } from "./pdf-objects.js";

/** Of a form above and below: letters reach a little out of their lines. */
const CLEARANCE = 6;
const NOBODYS: DocumentOptions = { title: "", language: "zh", createdAtMs: 0, size: [1, 1] };

/** Writes the objects that `build` makes, numbered on from those of `earlier`. */
export function precast<T>(
  build: (mould: Mould) => T,
  earlier?: Precast,
): { readonly cast: Precast; readonly made: T } {
  const mould = new Mould(NOBODYS);
  if (earlier !== undefined) mould.reserve(earlier);
  mould.begin();
  const made = build(mould);
  return { made, cast: mould.taken() };
}

export class Mould extends PdfDocument {
  #start = 0;
  #firstId = 0;

  /** From here on objects are cast. */
  begin(): void {
    this.takeParts();
    this.#start = this._offset;
    this.#firstId = this.nextId;
  }

  taken(): Precast {
    const offsets = this._offsets.slice(this.#firstId - 1).map((offset) => {
      if (offset === null) throw new Error("internal: an object was not written");
      return offset - this.#start;
    });
    return { firstId: this.#firstId, offsets, bytes: this.takeParts() };
  }

  /** Compressed as well as can be: it is done once. */
  override deflated(data: object, content: Uint8Array): PdfReference {
    return this.stream({ ...data, Filter: "FlateDecode" }, zlibSync(content, { level: 9 }));
  }

  /** Operators as a form XObject of this size, y downwards. ISO 32000-1, section 8.10. */
  form(operators: string, [width, height]: readonly [number, number], resources: PdfReference): PdfReference {
    const box = [0, -CLEARANCE, width, height + CLEARANCE];
    return this.deflated(
      { Type: "XObject", Subtype: "Form", BBox: box, Resources: resources },
      utf8(operators),
    );
  }

  /** How a field is shown: a square form, turned as the page is. */
  appearance(operators: string, side: number, resources: PdfReference): PdfReference {
    const upright = { BBox: [0, 0, side, side], Matrix: [1, 0, 0, -1, 0, side] };
    return this.deflated(
      { Type: "XObject", Subtype: "Form", ...upright, Resources: resources },
      utf8(operators),
    );
  }

  /** The colours of the file are sRGB: pdfkit's own profile. */
  outputIntents(): readonly PdfReference[] {
    this.castOutputIntent();
    return this._root.data.OutputIntents as PdfReference[];
  }
}
