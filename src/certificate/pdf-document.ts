/**
 * pdfkit, held to one output: the same calls give the same bytes in every process, every version of Node and a
 * browser. Streams are compressed by fflate, not by the host's zlib, whose output changes with its version; the
 * bytes are gathered as they are written, without a stream; nothing depends on the clock.
 * ISO 32000-1 (PDF 1.7), ISO 19005-3 (PDF/A-3b).
 */
import { md5 } from "@noble/hashes/legacy.js";
import { zlibSync } from "fflate";
import PDFKitDocument from "pdfkit";
import { concatBytes } from "../core/bytes.js";
import { EmbeddedFont } from "./embedded-font.js";
import { type Face } from "./face.js";
import { type PdfReference, pdfString } from "./pdf-objects.js";

interface PdfPage {
  readonly fonts: Record<string, PdfReference>;
  readonly xobjects: Record<string, PdfReference>;
}

/** What is used of pdfkit beyond its published types. */
interface Internals {
  readonly _root: PdfReference;
  readonly page: PdfPage;
  info: Record<string, unknown>;
  ref(data?: object): PdfReference;
  addNamedEmbeddedFile(name: string, reference: PdfReference): void;
  _addInfo(): void;
  push(chunk: Uint8Array | null): boolean;
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

const PRODUCER = "cunzheng certificate 1";

export class PdfDocument extends Base {
  /** Declared, not initialised: the base class writes the header before this class's fields exist. */
  declare private parts: Uint8Array[] | undefined;
  readonly #fonts = new Map<Face, EmbeddedFont>();
  readonly #createdAt: Date;

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
  }

  /** The font of a face, for text on this page; each is embedded once, cut to the glyphs in use. */
  use(face: Face): EmbeddedFont {
    let font = this.#fonts.get(face);
    if (font === undefined) {
      font = new EmbeddedFont(face, this.#fonts.size, this.ref());
      this.#fonts.set(face, font);
    }
    this.page.fonts[font.name] ??= font.reference;
    return font;
  }

  attach({ name, mediaType, description, relationship, content }: Attachment): void {
    const file = this.ref({
      Type: "EmbeddedFile",
      Subtype: mediaType.replaceAll(/[^A-Za-z0-9.-]/g, (c) => `#${c.charCodeAt(0).toString(16)}`),
      Params: { Size: content.length, ModDate: this.#createdAt, CheckSum: md5(content) },
    });
    file.end(content);
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

  /** The whole file. */
  finish(): Uint8Array {
    for (const font of this.#fonts.values()) font.finish(this);
    this.end();
    return concatBytes(...(this.parts ?? []));
  }

  /** Every stream deflated the same way; attachments and XMP stay as they are, for anybody to read. */
  override ref(data?: object): PdfReference {
    const reference = super.ref(data);
    const finalize = reference.finalize.bind(reference);
    reference.finalize = () => {
      const { Type, Filter } = reference.data;
      if (
        reference.buffer.length > 0 &&
        Filter === undefined &&
        Type !== "EmbeddedFile" &&
        Type !== "Metadata"
      ) {
        reference.buffer = [deflate(concatBytes(...reference.buffer))];
        reference.data.Filter = "FlateDecode";
      }
      finalize();
    };
    return reference;
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

  override push(chunk: Uint8Array | null): boolean {
    if (chunk !== null) (this.parts ??= []).push(chunk);
    return true;
  }
}

export function deflate(bytes: Uint8Array): Uint8Array {
  return zlibSync(bytes, { level: 6 });
}

const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
