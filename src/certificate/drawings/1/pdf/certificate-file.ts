/**
 * The file of a certificate around its pages: attachments first, what marks it as PDF/A-3b, the pages, the field of the
 * signature. ISO 32000-1 (PDF 1.7), ISO 19005-3 (PDF/A-3b).
 */
import { concatBytes, hex, utf8 } from "../../../../core/bytes.js";
import { sha256 } from "../../../../core/digest/sha256.js";
import { deflateFast } from "./fast-deflate.js";
import { PdfFile, pdfNumber, pdfText, pointer } from "./pdf-file.js";
import { PendingSignature, type UnsignedCertificate } from "./pdf-signature.js";

export interface DocumentOptions {
  readonly title: string;
  readonly language: "zh" | "en";
  /** RFC 3339 UTC with milliseconds. */
  readonly createdAt: string;
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
  /** The form that shows it. */
  readonly appearance: number;
  /** On the first page, in points from its lower left corner: left, bottom, right, top. */
  readonly box: readonly [number, number, number, number];
  readonly reservedBytes: number;
}

export interface PageResources {
  /** An object with the fonts by name. */
  readonly fonts: number;
  /** An object with the forms by name. */
  readonly forms: number;
}

const PRODUCER = "cunzheng certificate";
/** Printed, and locked. ISO 32000-1, table 165. */
const WIDGET_FLAGS = 4 | 128;
/** There are signatures, and the file may only be appended to. ISO 32000-1, table 219. */
const SIGNATURE_FLAGS = 1 | 2;
/** The header, and bytes above 127 that mark the file as binary. */
const HEADER = Uint8Array.from([...utf8("%PDF-1.7\n%"), 0xff, 0xff, 0xff, 0xff, 0x0a]);

export class CertificateFile extends PdfFile {
  readonly #options: DocumentOptions;
  readonly #attached: { readonly name: string; readonly id: number; readonly content: Uint8Array }[] = [];
  readonly #pages: number[] = [];
  readonly #contents: number[] = [];

  constructor(options: DocumentOptions) {
    super();
    this.#options = options;
    this.bytes(HEADER);
  }

  attach({ name, mediaType, description, relationship, content }: Attachment): void {
    const subtype = mediaType.replaceAll(
      /[^A-Za-z0-9.-]/g,
      (character) => `#${character.charCodeAt(0).toString(16)}`,
    );
    const date = pdfDate(this.#options.createdAt);
    const file = this.stream(
      `/Type /EmbeddedFile\n/Subtype /${subtype}\n/Params <<\n/Size ${content.length}\n/ModDate ${date}\n>>`,
      content,
    );
    const id = this.add(
      `<<\n/Type /Filespec\n/AFRelationship /${relationship}\n/F ${pdfText(name)}\n/UF ${pdfText(name)}\n` +
        `/Desc ${pdfText(description)}\n/EF <<\n/F ${pointer(file)}\n/UF ${pointer(file)}\n>>\n>>`,
    );
    this.#attached.push({ name, id, content });
  }

  /** A page of these operators, on which y grows downwards from its top. */
  addPage(operators: string): void {
    const flip = `1 0 0 -1 0 ${pdfNumber(this.#options.size[1])} cm\n`;
    const content = deflateFast(utf8(flip + operators));
    this.#contents.push(this.stream("/Filter /FlateDecode", content));
    this.#pages.push(this.reserve());
  }

  /** The whole file; `profile` is the ICC profile of its colours. */
  finish(resources: PageResources, profile: number, field: SignatureField): UnsignedCertificate {
    const tree = this.reserve();
    const resource = this.add(
      `<<\n/Font ${pointer(resources.fonts)}\n/XObject ${pointer(resources.forms)}\n>>`,
    );
    const signature = this.#sign(field);
    const [width, height] = this.#options.size.map(pdfNumber);
    this.#pages.forEach((id, i) =>
      this.write(
        id,
        `<<\n/Type /Page\n/Parent ${pointer(tree)}\n/MediaBox [0 0 ${width} ${height}]\n` +
          `/Resources ${pointer(resource)}\n/Contents ${pointer(this.#contents[i] as number)}\n` +
          `${i === 0 ? `/Annots [${pointer(signature.field)}]\n` : ""}>>`,
      ),
    );
    const kids = this.#pages.map(pointer).join(" ");
    this.write(tree, `<<\n/Type /Pages\n/Count ${this.#pages.length}\n/Kids [${kids}]\n>>`);
    const form = this.add(`<<\n/Fields [${pointer(signature.field)}]\n/SigFlags ${SIGNATURE_FLAGS}\n>>`);
    const catalog = this.#catalog({ tree, form, profile });
    const information = this.#information();
    const id = hex(sha256(concatBytes(...this.#attached.map(({ content }) => content))).subarray(0, 16));
    this.end(`/Root ${pointer(catalog)}\n/Info ${pointer(information)}\n/ID [<${id}> <${id}>]`);
    const bytes = this.whole();
    return { bytes, contents: signature.pending.fill(bytes) };
  }

  #sign({ appearance, box, reservedBytes }: SignatureField) {
    const id = this.reserve();
    const pending = new PendingSignature({ id, signedAt: this.#options.createdAt, reservedBytes });
    this.begin(id);
    pending.writtenAt(this.length);
    this.bytes(pending.bytes);
    const field = this.add(
      `<<\n/FT /Sig\n/T (Signature1)\n/V ${pointer(id)}\n/Type /Annot\n/Subtype /Widget\n/F ${WIDGET_FLAGS}\n` +
        `/Rect [${box.map(pdfNumber).join(" ")}]\n/P ${pointer(this.#pages[0] as number)}\n` +
        `/AP <<\n/N ${pointer(appearance)}\n>>\n>>`,
    );
    return { pending, field };
  }

  #catalog({ tree, form, profile }: { tree: number; form: number; profile: number }): number {
    const metadata = this.stream("/Type /Metadata\n/Subtype /XML", utf8(this.#metadata()));
    // ISO 32000-1, section 7.9.6: the names of a tree are sorted, or other programs do not find them.
    const sorted = [...this.#attached].sort((a, b) => (a.name < b.name ? -1 : 1));
    const names = sorted.map(({ name, id }) => `${pdfText(name)} ${pointer(id)}`).join(" ");
    const files = this.add(`<<\n/EmbeddedFiles <<\n/Names [${names}]\n>>\n>>`);
    const intent = this.add(
      "<<\n/Type /OutputIntent\n/S /GTS_PDFA1\n/OutputConditionIdentifier (sRGB IEC61966-2.1)\n" +
        `/Info (sRGB IEC61966-2.1)\n/DestOutputProfile ${pointer(profile)}\n>>`,
    );
    return this.add(
      `<<\n/Type /Catalog\n/Pages ${pointer(tree)}\n/Metadata ${pointer(metadata)}\n` +
        `/Lang (${this.#options.language === "zh" ? "zh-CN" : "en"})\n` +
        `/ViewerPreferences <<\n/DisplayDocTitle true\n>>\n/OutputIntents [${pointer(intent)}]\n` +
        `/Names ${pointer(files)}\n/AF [${this.#attached.map(({ id }) => pointer(id)).join(" ")}]\n` +
        `/AcroForm ${pointer(form)}\n>>`,
    );
  }

  #information(): number {
    const { title, createdAt } = this.#options;
    return this.add(
      `<<\n/Title ${pdfText(title)}\n/Creator (${PRODUCER})\n/Producer (${PRODUCER})\n/CreationDate ${pdfDate(createdAt)}\n>>`,
    );
  }

  /** The same as XMP (ISO 16684-1), and what the file conforms to. */
  #metadata(): string {
    const { title, createdAt } = this.#options;
    return `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">${escapeXml(title)}</rdf:li></rdf:Alt></dc:title>
<xmp:CreatorTool>${PRODUCER}</xmp:CreatorTool>
<xmp:CreateDate>${createdAt.slice(0, 19)}Z</xmp:CreateDate>
<pdf:Producer>${PRODUCER}</pdf:Producer>
<pdfaid:part>3</pdfaid:part>
<pdfaid:conformance>B</pdfaid:conformance>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>
`;
  }
}

/** Whole seconds. ISO 32000-1, section 7.9.4. */
const pdfDate = (time: string): string => `(D:${time.slice(0, 19).replaceAll(/[-:T]/g, "")}Z)`;

const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
