/** What the drawing thread is given at its start, asked, and answers. */
import type { TemplateFiles } from "../../certificate/template/template-list.js";
import type { CertificateOrder, SignedDraft } from "../../notary/ports/certificates.js";
import type { DocumentSignerFiles } from "../../platform/keys/document-signer.js";

export interface ThreadData {
  /** The folder `templates/`. */
  readonly templates: string;
  readonly signer?: DocumentSignerFiles;
}

export type ThreadRequest = {
  readonly number: number;
  readonly order: CertificateOrder;
  /** Files of the order's template, where the folder does not have it. */
  readonly template?: TemplateFiles;
  /** The signature of a certificate that is made again; absent: it is to be signed. */
  readonly signature?: Uint8Array;
};

export type ThreadAnswer =
  | { readonly number: number; readonly made: SignedDraft }
  | { readonly number: number; readonly error: string };
