/**
 * Every drawing that was ever released, by its number: a template names the one it was built for, and a certificate of
 * it is drawn again by that one for as long as this program lives. docs/evidence-format.md, section 9.
 */
import type { Evidence } from "../../core/evidence/evidence.js";
import type { Report } from "../../core/verify/report.js";
import type { Consortium } from "../../core/trust/consortium.js";
import type { CertificateRecord } from "../content/certificate-record.js";
import { openDrawing1 } from "./drawing-1.js";

/** A template's files stand by their names under `templates/`; a large one may be read when it is first asked for. */
export type TemplateFiles = ReadonlyMap<string, Uint8Array>;

/** A hole is the place of /Contents, by offsets in the file: of its "<", and behind its ">". */
export interface Hole {
  readonly start: number;
  readonly end: number;
}

export interface UnsignedCertificate {
  readonly bytes: Uint8Array;
  readonly contents: Hole;
}

export interface CertificateSource {
  readonly evidence: Evidence;
  readonly evidenceBytes: Uint8Array;
  /** The report is on this evidence, to whoever asks with no record and no parties. */
  readonly report: Report;
  readonly consortium: Consortium;
  readonly record: CertificateRecord;
  readonly recordBytes: Uint8Array;
}

/** An opened template has the template and the code that draws with it. */
export interface OpenedTemplate {
  /** The digest is the SHA-256, in base64, of `built.json`. */
  readonly digest: string;
  readonly draw: (source: CertificateSource) => UnsignedCertificate;
}

/** Opens the template `certificate/NAME/` of these files, whose `built.json` this is. Throws `TemplateError`. */
export type OpenDrawing = (files: TemplateFiles, name: string, built: Uint8Array) => OpenedTemplate;

export const DRAWINGS: ReadonlyMap<number, OpenDrawing> = new Map([[1, openDrawing1]]);
