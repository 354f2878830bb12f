/**
 * pdfkit, held to one output: the same calls give the same bytes in every process, every version of Node and a
 * browser. Streams are compressed by fflate, not by the host's zlib, whose output changes with its version; the
 * bytes are gathered as they are written, without a stream; nothing depends on the clock.
 * ISO 32000-1 (PDF 1.7), ISO 19005-3 (PDF/A-3b).
 */
import { md5 } from "@noble/hashes/legacy.js";
import PDFKitDocument from "pdfkit";
import { concatBytes } from "../../../../core/bytes.js";
import { deflateFast } from "./fast-deflate.js";
import { latin1, type PdfObjects, type PdfReference, pdfString, type Precast } from "./pdf-objects.js";
import { PendingSignature, type UnsignedCertificate } from "./pdf-signature.js";

interface PdfPage {
  readonly dictionary: PdfReference;
  readonly resources: PdfReference;
  readonly content: PdfReference;
  readonly annotations: PdfReference[];
}

/** What is used of pdfkit beyond its published types. */
interface Internals {
  readonly _root: PdfReference;
  /** Of the objects, by their numbers less one; null until one is written. */
  readonly _offsets: (number | null)[];
  _offset: number;
  readonly page: PdfPage;
  info: Record<string, unknown>;
  ref(data?: object): PdfReference;
  addNamedEmbeddedFile(name: string, reference: PdfReference): void;
  _addInfo(): void;
  _addColorOutputIntent(): void;
  endAcroForm(): unknown;
  push(chunk: Uint8Array | null): boolean;
  _write(data: Uint8Array | string): void;
  _refEnd(reference: PdfReference): void;
}
const Base = PDFKitDocument as unknown as new (
  options: object,
) => Internals & Omit<PDFKit.PDFDocument, keyof Internals>;

export interface DocumentOptions {
  readonly title: string;
  readonly language: string;
  readonly createdAtMs: number;
  readonly size: readonly [number, number];
}

export interface Attachment {
  readonly name: string;
  readonly mediaType: string;
  readonly description: string;
  /** ISO 19005-3, Annex E: what the pages were made from, or data about them. */
  readonly relationship: "Source" | "Data";
  readonly content: Uint8Array;
}

export interface SignatureField {
  readonly appearance: PdfReference;
  /** On the current page, in points from its lower left corner: left, bottom, right, top. */
  readonly box: readonly [number, number, number, number];
  readonly reservedBytes: number;
}

const PRODUCER = "cunzheng certificate 2";
/** Printed, and locked. ISO 32000-1, table 165. */
const WIDGET_FLAGS = 4 | 128;
/** There are signatures, and the file may only be appended to. ISO 32000-1, table 219. */
const SIGNATURE_FLAGS = 1 | 2;

export class PdfDocument extends Base implements PdfObjects {
  /** Declared, not initialised: the base class writes the header before this class's fields exist. */
  declare private parts: Uint8Array[] | undefined;
  declare private waiting: string | undefined;
  /** pdfkit's own, which it puts on the document itself: the profile of the colours and what it is for. */
  protected readonly castOutputIntent = this._addColorOutputIntent.bind(this);
  readonly #createdAt: Date;
  #signature: PendingSignature | undefined;

  constructor({ title, language, createdAtMs, size }: DocumentOptions) {
    const createdAt = new Date(createdAtMs);
    super({
      pdfVersion: "1.7",
      subset: "PDF/A-3b",
      compress: false,
      // No font of pdfkit's own: PDF/A embeds every one.
      font: null,
      autoFirstPage: false,
      bufferPages: true,
      size: [...size],
      margin: 0,
      lang: language === "zh" ? "zh-CN" : "en",
      displayTitle: true,
      info: { Title: title, Producer: PRODUCER, Creator: PRODUCER, CreationDate: createdAt },
    });
    this.#createdAt = createdAt;
    // Given ready-made to `finish`.
    this._addColorOutputIntent = () => undefined;
  }

  /** The number that the next object gets. */
  get nextId(): number {
    return this._offsets.length + 1;
  }

  /** Keeps the numbers of objects that were written already; `write` puts them into the file. */
  reserve({ firstId, offsets }: Precast): void {
    if (firstId !== this.nextId) throw new Error(`internal: objects from ${firstId} on, at ${this.nextId}`);
    for (let i = 0; i < offsets.length; i++) this._offsets.push(null);
  }

  place({ firstId, offsets, bytes }: Precast): void {
    const start = this._offset;
    for (let i = 0; i < offsets.length; i++) this._offsets[firstId - 1 + i] = start + (offsets[i] as number);
    this._write(bytes);
  }

  stream(data: object, content: Uint8Array | string): PdfReference {
    const reference = this.ref(data);
    reference.end(content);
    return reference;
  }

  /** Compressed quickly: it is of this document alone. */
  deflated(data: object, content: Uint8Array): PdfReference {
    return this.stream({ ...data, Filter: "FlateDecode" }, deflateFast(content));
  }

  attach({ name, mediaType, description, relationship, content }: Attachment): void {
    const file = this.stream(
      {
        Type: "EmbeddedFile",
        Subtype: mediaType.replaceAll(/[^A-Za-z0-9.-]/g, (c) => `#${c.charCodeAt(0).toString(16)}`),
        Params: { Size: content.length, ModDate: this.#createdAt, CheckSum: md5(content) },
      },
      content,
    );
    const specification = this.ref({
      Type: "Filespec",
      AFRelationship: relationship,
      F: pdfString(name),
      UF: pdfString(name),
      Desc: pdfString(description),
      EF: { F: file, UF: file },
    });
    specification.end();
    this.addNamedEmbeddedFile(name, specification);
    const root = this._root.data;
    root.AF = [...((root.AF as unknown[] | undefined) ?? []), specification];
  }

  /** A page of these operators, on which y grows downwards from its top. */
  drawPage(operators: Uint8Array, resources: object): void {
    this.addPage();
    Object.assign(this.page.resources.data, resources);
    const { content } = this.page;
    content.data.Filter = "FlateDecode";
    // With the whole of the content compressed, the flip that pdfkit began it with has to be part of it.
    content.buffer = [deflateFast(concatBytes(...content.buffer, operators))];
  }

  /** The signature field, shown on the first page. */
  sign({ appearance, box, reservedBytes }: SignatureField): void {
    this.switchToPage(0);
    const dictionary = this.ref();
    const signature = new PendingSignature({ id: dictionary.id, signedAt: this.#createdAt, reservedBytes });
    this.#signature = signature;
    dictionary.finalize = () => {
      dictionary.offset = this._offset;
      signature.writtenAt(this._offset);
      this._write(signature.bytes);
      this._refEnd(dictionary);
    };
    dictionary.end();
    const field = this.ref({
      FT: "Sig",
      T: pdfString("Signature1"),
      V: dictionary,
      Type: "Annot",
      Subtype: "Widget",
      F: WIDGET_FLAGS,
      Rect: [...box],
      P: this.page.dictionary,
      AP: { N: appearance },
    });
    field.end();
    this.page.annotations.push(field);
    const form = this.ref({ Fields: [field], SigFlags: SIGNATURE_FLAGS });
    form.end();
    this._root.data.AcroForm = form;
  }

  /** The whole file. */
  finish(outputIntents: readonly PdfReference[]): UnsignedCertificate {
    this._root.data.OutputIntents = outputIntents;
    this.end();
    if (this.#signature === undefined) throw new Error("internal: a certificate without a signature field");
    const bytes = concatBytes(...(this.parts ?? []));
    return { bytes, contents: this.#signature.fill(bytes) };
  }

  /** What was written so far, and forgets it. */
  protected takeParts(): Uint8Array {
    this.push(null);
    const bytes = concatBytes(...(this.parts ?? []));
    this.parts = [];
    return bytes;
  }

  /** pdfkit looks for a form of its own making here: ours is done already. */
  override endAcroForm(): this {
    return this;
  }

  /** pdfkit writes the document's information into the XMP as it is: XML needs its three characters escaped. */
  override _addInfo(): void {
    const { info } = this;
    this.info = Object.fromEntries(
      Object.entries(info).map(([name, value]) => [
        name,
        typeof value === "string" ? escapeXml(value) : value,
      ]),
    );
    super._addInfo();
    this.info = info;
  }

  /** Short texts are gathered, and become bytes together. */
  override _write(data: Uint8Array | string): void {
    if (typeof data === "string") {
      this.waiting = `${this.waiting ?? ""}${data}\n`;
      this._offset += data.length + 1;
    } else {
      this.push(null);
      this.push(data);
      this._offset += data.length;
    }
  }

  /** pdfkit's end of the stream, null, ends nothing here: it only makes bytes of the text that waits. */
  override push(chunk: Uint8Array | null): boolean {
    const parts = (this.parts ??= []);
    if (this.waiting) parts.push(latin1(this.waiting));
    this.waiting = "";
    if (chunk !== null) parts.push(chunk);
    return true;
  }
}

const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
