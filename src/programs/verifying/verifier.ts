/** The verifier with this machine's templates and fast crypto: for the command line and for `POST /v1/verify`. */
import type { FindTemplate } from "../../certificate/template/template.js";
import { templateName, type TemplateFiles } from "../../certificate/template/template-list.js";
import { type FileReport, verifyFile, type VerifyFileInput } from "../../certificate/verify/verify-file.js";
import type { Verifiers } from "../../core/ledger/verifiers.js";

type Host = Pick<VerifyFileInput, keyof Verifiers | "createDigester" | "verifyX509Signature">;

export interface FileVerifierOptions extends Host {
  /** Folders like `templates/`: the first that has a template gives it. */
  readonly templates: readonly string[];
}

export type FileVerifier = (
  input: Omit<VerifyFileInput, "templates" | keyof Host> & {
    /** One more template, beside those of the folders. */
    readonly template?: TemplateFiles;
  },
) => Promise<FileReport>;

/** Drawing is much code: loaded when the first certificate comes. */
export function createFileVerifier({ templates, ...host }: FileVerifierOptions): FileVerifier {
  let opened: Promise<FindTemplate> | undefined;
  const also = async (files: TemplateFiles, find: FindTemplate): Promise<FindTemplate> => {
    const { openTemplate } = await import("../../certificate/template/template.js");
    const one = openTemplate(files, templateName(files));
    return (digest) => (digest === one.digest ? one : find(digest));
  };
  const open = async () => {
    const { createTemplateFinder } = await import("../../adapters/certificate-worker/template-files.js");
    return createTemplateFinder(templates);
  };
  return ({ template, ...input }) =>
    verifyFile({
      ...input,
      ...host,
      templates: async () => {
        const find = await (opened ??= open());
        return template === undefined ? find : also(template, find);
      },
    });
}
