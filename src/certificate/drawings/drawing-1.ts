/**
 * What drawing 1 is given, of what this program knows today. Its own room never changes; where a report or a format
 * grows, this file goes on saying the old things.
 */
import { EVIDENCE_MEDIA_TYPE } from "../../core/evidence/evidence.js";
import { EVIDENCE_ATTACHMENT, RECORD_ATTACHMENT } from "../pdf/attachments.js";
import { draw } from "./1/draw.js";
import { openTemplate } from "./1/template/design.js";
import type { OpenDrawing } from "./registry.js";

export const openDrawing1: OpenDrawing = (files, name, built) => {
  const template = openTemplate(files, name, built);
  return {
    digest: template.digest,
    draw: ({ evidence, evidenceBytes, report, consortium, record, recordBytes }) =>
      draw(template, {
        subject: {
          evidence,
          report,
          consortium,
          issuedAt: record.issuedAt,
          language: record.language,
          templateDigest: record.template,
          consortiumDigest: record.consortium,
        },
        verifyUrl: record.verifyUrl,
        attachments: [
          {
            name: EVIDENCE_ATTACHMENT,
            mediaType: EVIDENCE_MEDIA_TYPE,
            description: "cunzheng/evidence@v1",
            relationship: "Source",
            content: evidenceBytes,
          },
          {
            name: RECORD_ATTACHMENT,
            mediaType: "application/json",
            description: "cunzheng/certificate@v1",
            relationship: "Data",
            content: recordBytes,
          },
        ],
      }),
  };
};
