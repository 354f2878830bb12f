/** The public verifier with every template that this notary has ever used: a changed folder forgets none of them. */
import { type FindArtifact, keptTemplate } from "../../adapters/certificate-worker/kept-template.js";
import type { FileReport } from "../../certificate/verify/verify-file.js";
import { reportOf, type ThreadRequest, type Verifiers } from "./verification-pool.js";

export function verifyWithKept(
  { answer }: Pick<Verifiers, "answer">,
  findArtifact: FindArtifact,
): (request: ThreadRequest) => Promise<FileReport> {
  return async (request) => {
    const first = await answer(request);
    if (!("report" in first) || first.unknownTemplate === undefined) return reportOf(first);
    const template = await keptTemplate(findArtifact, first.unknownTemplate);
    return reportOf(template === undefined ? first : await answer({ ...request, template }));
  };
}
