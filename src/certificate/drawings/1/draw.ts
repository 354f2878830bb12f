/**
 * Drawing 1: the bytes of a certificate before it is signed, from a template and what its pages are to say. Certificates
 * of this number were issued, so nothing here may change a byte of them: what is to look otherwise is another drawing.
 */
import { CertificateContent } from "./content/content.js";
import type { CertificateSubject } from "./content/subject.js";
import { drawPages } from "./page/draw.js";
import { issuerOf } from "./page/issuer.js";
import { platesOf } from "./page/plates.js";
import { type Attachment, CertificateFile } from "./pdf/certificate-file.js";
import { pointers } from "./pdf/pdf-file.js";
import type { UnsignedCertificate } from "./pdf/pdf-signature.js";
import type { Template } from "./template/design.js";
import { fill } from "./template/words.js";

export interface DrawingInput {
  readonly subject: CertificateSubject;
  /** What the code on the page leads to. */
  readonly verifyUrl: string;
  /** First in the file, right after the header: whoever opens it as text meets the evidence before anything else. */
  readonly attachments: readonly Attachment[];
}

export function draw(
  template: Template,
  { subject, verifyUrl, attachments }: DrawingInput,
): UnsignedCertificate {
  const { language } = subject;
  const { page, seal, signature } = template.layout;
  const plates = platesOf(template, language);
  const content = new CertificateContent(subject, template);
  const service = content.service();
  const issuer = issuerOf(plates, { onSeal: service.zh, belowSeal: service[language] });
  const file = new CertificateFile({
    title: fill(template.wording.documentTitle[language], { id: subject.evidence.statement.id }),
    language,
    createdAt: subject.issuedAt,
    size: [page.width, page.height],
  });
  const casts = [plates.cast, issuer.cast];
  for (const cast of casts) file.expect(cast);
  for (const attachment of attachments) file.attach(attachment);
  for (const cast of casts) file.place(cast);
  const typesetter = plates.texts.typesetter(issuer.bold);
  const drawn = drawPages({ content, plates, typesetter, verifyUrl });
  const fonts = new Map(issuer.fonts);
  for (const font of typesetter.loose) if (font !== issuer.bold) fonts.set(font.name, font.finish(file));
  const resources = { fonts: file.add(pointers(fonts)), forms: plates.forms };
  for (const { operators } of drawn.pages) file.addPage(operators);
  const foot = page.height - drawn.seal.y - seal.side;
  return file.finish(resources, plates.profile, {
    appearance: issuer.seal,
    box: [drawn.seal.x, foot, drawn.seal.x + seal.side, foot + seal.side],
    reservedBytes: signature.reservedBytes,
  });
}
