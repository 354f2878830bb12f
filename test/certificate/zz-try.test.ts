import { writeFileSync } from "node:fs";
import { it } from "@jest/globals";
import { drawPdf } from "../../src/certificate/render.js";
import { verifyCertificate } from "../../src/certificate/verify-certificate.js";
import { ISSUED_AT, makeFixture, template, VERIFY_URL } from "./fixture.js";
it("draws", async () => {
  for (const language of ["zh", "en"] as const) {
    const f = makeFixture();
    const pdf = drawPdf({ ...f, issuedAt: ISSUED_AT, language, verifyUrl: VERIFY_URL, template: template() });
    writeFileSync(`/tmp/cert-${language}.pdf`, pdf);
    const r = await verifyCertificate({ pdf, consortium: f.consortium, templates: [template()] });
    console.log(JSON.stringify(r.checks.at(-1)), r.verdict);
  }
});
writeFileSync("/tmp/consortium.json", makeFixture().consortium);
