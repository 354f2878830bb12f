/**
 * The template of a certificate: its layout, its wording in both languages and its fonts. Together with the
 * evidence it fixes every byte of the PDF, so it has a digest, and a certificate names the digest it was made with.
 * docs/evidence-format.md, section 9.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { base64, textFromUtf8 } from "../core/bytes.js";
import { canonicalJson } from "../core/record/canonical.js";
import { type CheckName } from "../core/verify/report.js";
import { type Witness } from "../core/witness/consortium.js";
import { type OrganisationRole } from "../core/witness/trust-file.js";
import { type SignatureAlgorithm } from "../core/ledger/verifiers.js";
import { type CountingReason } from "../core/witness/quorum.js";
import { type Face, openFace } from "./face.js";

export type Language = "zh" | "en";
/** Both languages always stand side by side; the certificate's language comes first and larger. */
export type Words = Readonly<Record<Language, string>>;
type WordsOf<Name extends string> = Readonly<Record<Name, Words>>;

export type FaceName = "regular" | "bold" | "mono";
export type ColourName =
  "ink" | "navy" | "grey" | "pale" | "gold" | "rule" | "stripe" | "white" | "wave" | "counted" | "excluded";
export type SectionId =
  "subject" | "times" | "verify" | "position" | "cosigners" | "quorum" | "technique" | "offline" | "limits";

export interface Layout {
  /** The program that draws: other versions of these libraries may write other bytes, and are another template. */
  readonly drawing: string;
  readonly page: Readonly<Record<"width" | "height" | "left" | "right" | "top" | "bottom", number>>;
  readonly faces: Readonly<Record<FaceName, string>>;
  readonly colours: Readonly<Record<ColourName, string>>;
  readonly sizes: Readonly<
    Record<
      | "service"
      | "title"
      | "titleLatin"
      | "subtitle"
      | "head"
      | "body"
      | "bodyLatin"
      | "bodyBeside"
      | "bar"
      | "barBeside"
      | "label"
      | "labelBeside"
      | "value"
      | "mono"
      | "small",
      number
    >
  >;
  readonly fields: Readonly<Record<"labelWidth" | "padding" | "rowPadding" | "lineHeight", number>>;
  readonly cosigners: { readonly widths: readonly number[] };
  readonly sections: readonly {
    readonly id: SectionId;
    readonly kind: "fields" | "cosigners" | "verify" | "steps" | "paragraphs";
    readonly rows?: readonly RowId[];
    /** Begun on a new page where it does not fit whole. */
    readonly together?: boolean;
  }[];
}

export type RowId =
  | "depositor"
  | "creditCode"
  | "recordType"
  | "name"
  | "clientRef"
  | "source"
  | "content"
  | "sha256"
  | "sm3"
  | "chain"
  | "createdAt"
  | "receivedAt"
  | "sealedAt"
  | "finalAt"
  | "issuedAt"
  | "leafHash"
  | "previous"
  | "batch"
  | "batchRoot"
  | "leaf"
  | "origin"
  | "entry"
  | "checkpointRoot"
  | "quorumRule"
  | "quorumResult"
  | "checks"
  | "trustFile"
  | "algorithms"
  | "software"
  | "config"
  | "clockOffset"
  | "template";

export interface Step extends Words {
  readonly command?: string;
}

export interface Wording extends WordsOf<
  | "title"
  | "documentTitle"
  | "service"
  | "certificateNumber"
  | "issued"
  | "page"
  | "footer"
  | "statement"
  | "statementDepositorCounts"
> {
  readonly sections: WordsOf<SectionId>;
  readonly labels: WordsOf<RowId>;
  readonly values: WordsOf<
    | "bytes"
    | "registered"
    | "canonical"
    | "notStated"
    | "notComputed"
    | "chainPlace"
    | "leafPlace"
    | "entryPlace"
    | "clockOffset"
    | "clockUnknown"
    | "truncated"
    | "quorumRule"
    | "quorumRoles"
    | "quorumRole"
    | "excludeParties"
    | "operatorOnly"
    | "signatures"
    | "quorumHolds"
    | "quorumHoldsDepositorCounts"
    | "depositorUnknown"
    | "gotRole"
    | "check"
  > & {
    readonly source: WordsOf<"system" | "operator" | "method" | "tool">;
    readonly timeNotes: WordsOf<"createdAt" | "receivedAt" | "sealedAt" | "finalAt" | "issuedAt">;
  };
  readonly cosignerColumns: WordsOf<"organisation" | "role" | "node" | "time" | "counted">;
  readonly roles: WordsOf<OrganisationRole>;
  readonly kinds: WordsOf<Witness["kind"]>;
  readonly reasons: WordsOf<CountingReason>;
  readonly checks: WordsOf<Exclude<CheckName, "certificate">>;
  readonly results: WordsOf<"passed" | "not-run">;
  /** Names of the record types known here; others are printed as they are. */
  readonly recordTypes: Readonly<Record<string, Words>>;
  readonly algorithms: readonly {
    readonly name: string;
    readonly oid: string;
    readonly use: Words;
    /** Printed where a cosignature is of this algorithm; absent: always. */
    readonly onlyWhere?: SignatureAlgorithm;
  }[];
  /** `canonical` in its place where the digests are of a canonical form. */
  readonly verify: readonly (Words & { readonly canonical?: Words })[];
  readonly offline: readonly Step[];
  readonly limits: readonly Words[];
}

export interface Template {
  /** Base64. */
  readonly digest: string;
  readonly layout: Layout;
  readonly wording: Wording;
  readonly faces: Readonly<Record<FaceName, Face>>;
}

/** The files of template version 1, as named under `templates/`. */
export const TEMPLATE_V1_FILES = [
  "certificate/v1/layout.json",
  "certificate/v1/wording.json",
  "fonts/NotoSerifSC-Bold.ttf",
  "fonts/NotoSerifSC-Regular.ttf",
  "fonts/SourceCodePro-Regular.ttf",
] as const;

/** What this program draws with; a layout written for another can't be drawn here. */
const DRAWING = "pdfkit 0.20.2, fontkit 2.0.4, fflate 0.8.3, qrcode 1.5.4, drawing 1";

/**
 * Opens the fonts (a tenth of a second; keep the result). The files are our own, or the verifier's: they are
 * trusted to be well-formed, and their digest says which they are.
 */
export function openTemplate(files: ReadonlyMap<string, Uint8Array>): Template {
  const file = (name: string): Uint8Array => {
    const bytes = files.get(name);
    if (bytes === undefined) throw new Error(`the template lacks ${name}`);
    return bytes;
  };
  const layout = jsonOf(file("certificate/v1/layout.json")) as Layout;
  if (layout.drawing !== DRAWING) throw new Error(`the layout is for another program: ${layout.drawing}`);
  const digests = TEMPLATE_V1_FILES.map((name) => [name, base64(sha256(file(name)))]);
  return {
    digest: base64(sha256(canonicalJson(Object.fromEntries(digests)))),
    layout,
    wording: jsonOf(file("certificate/v1/wording.json")) as Wording,
    faces: {
      regular: openFace(file(layout.faces.regular)),
      bold: openFace(file(layout.faces.bold)),
      mono: openFace(file(layout.faces.mono)),
    },
  };
}

const jsonOf = (bytes: Uint8Array): unknown => JSON.parse(textFromUtf8(bytes));

/** `{name}` replaced by its value; a name without a value is a mistake of ours. */
export function fill(text: string, values: Readonly<Record<string, string | number>> = {}): string {
  return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`internal: no value for {${name}}`);
    return String(value);
  });
}
