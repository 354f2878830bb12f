/** The verifier with this machine's templates and fast crypto: for the command line and for `POST /v1/verify`. */
import { type Template } from "../certificate/template.js";
import { type FileReport, verifyFile, type VerifyFileInput } from "../certificate/verify-file.js";
import { type Verifiers } from "../core/ledger/verifiers.js";

type Host = Pick<VerifyFileInput, keyof Verifiers | "createDigester" | "verifyX509Signature">;

export interface FileVerifierOptions extends Host {
  /** The folder `templates/`. */
  readonly templates: string;
}

export type FileVerifier = (input: Omit<VerifyFileInput, "templates" | keyof Host>) => Promise<FileReport>;

/** Opening a template takes a tenth of a second: once, and only when a certificate comes. */
export function createFileVerifier({ templates, ...host }: FileVerifierOptions): FileVerifier {
  let opened: Promise<readonly Template[]> | undefined;
  const open = async () => {
    const { readTemplate } = await import("../adapters/certificate-worker/template-files.js");
    return [readTemplate(templates)];
  };
  return (input) => verifyFile({ ...input, ...host, templates: () => (opened ??= open()) });
}
