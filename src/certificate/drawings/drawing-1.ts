/**
 * What drawing 1 is given, of what this program knows today. Its own room never changes; where a report or a format
 * grows, this file goes on saying the old things.
 */
import { EVIDENCE_MEDIA_TYPE } from "../../core/evidence/evidence.js";
import { type Report, type ReportTimestamp, UNDECIDED_TIMESTAMPS } from "../../core/verify/report.js";
import { quorumAt } from "../../core/trust/consortium.js";
import { demandedAlgorithms } from "../../core/trust/signature-demand.js";
import { EVIDENCE_ATTACHMENT, RECORD_ATTACHMENT } from "../pdf/attachments.js";
import {
  type CertificateSubject,
  type ReportFacts,
  TIME_NOTICES,
  type TimestampFacts,
} from "./1/content/subject.js";
import { draw } from "./1/draw.js";
import { openTemplate } from "./1/template/design.js";
import type { CertificateSource, OpenDrawing } from "./registry.js";

export const openDrawing1: OpenDrawing = (files, name, built) => {
  const template = openTemplate(files, name, built);
  return {
    digest: template.digest,
    draw: (source) =>
      draw(template, {
        subject: subjectOf(source),
        verifyUrl: source.record.verifyUrl,
        attachments: [
          {
            name: EVIDENCE_ATTACHMENT,
            mediaType: EVIDENCE_MEDIA_TYPE,
            description: "cunzheng/evidence@v1",
            relationship: "Source",
            content: source.evidenceBytes,
          },
          {
            name: RECORD_ATTACHMENT,
            mediaType: "application/json",
            description: "cunzheng/certificate@v1",
            relationship: "Data",
            content: source.recordBytes,
          },
        ],
      }),
  };
};

function subjectOf(source: CertificateSource): CertificateSubject {
  const { evidence, consortium, record } = source;
  const { organisations, log } = consortium;
  return {
    issuedAt: record.issuedAt,
    issuer: record.issuer,
    language: record.language,
    templateDigest: record.template,
    consortiumDigest: record.consortium,
    service: organisations.find(({ id }) => id === log.organisation)?.name,
    evidence,
    report: factsOf(source),
  };
}

function factsOf({ report, consortium }: CertificateSource): ReportFacts {
  const { subject, times, quorum, cosigners, checks, notices, timestamps = [] } = report;
  if (subject === undefined || times?.existedNotLaterThan === undefined || quorum === undefined)
    throw new Error("internal: a certificate of evidence that is not final");
  const rule = quorumAt(consortium, subject.checkpoint.treeSize);
  const names = new Map(consortium.organisations.map(({ id, name }) => [id, name]));
  return {
    leafHash: subject.leafHash,
    ledgerIndex: subject.ledgerIndex,
    checkpoint: subject.checkpoint,
    existedNotLaterThan: times.existedNotLaterThan,
    cosigners: cosigners.map((cosigner) => ({
      ...cosigner,
      organisationName: names.get(cosigner.organisation),
    })),
    quorum: { total: quorum.total.got, roles: quorum.roles.map(({ role, got }) => ({ role, got })) },
    rule: {
      total: rule.total,
      roles: rule.roles,
      excludeParties: rule.excludeParties,
      algorithms: demandedAlgorithms(rule.signatures),
    },
    isDepositorUnknown: notices.some(({ code }) => code === "depositor-not-in-consortium"),
    checks: shownChecks(checks),
    timestamps: timestamps.map(standingOf),
    timeNotices: TIME_NOTICES.filter((wanted) => notices.some(({ code }) => code === wanted)),
  };
}

/** All but that of the certificate itself; of evidence that is certified none has failed. */
const shownChecks = (checks: Report["checks"]): ReportFacts["checks"] =>
  checks.flatMap(({ name, result }) =>
    name === "certificate" || result === "failed" ? [] : [{ name, result }],
  );

function standingOf({ reason, ...token }: ReportTimestamp): TimestampFacts {
  if (reason === "counted") return { ...token, standing: "counted" };
  if (reason === "authority-counted-already") return { ...token, standing: "counted-already" };
  return { ...token, standing: UNDECIDED_TIMESTAMPS.has(reason) ? "undecided" : "unknown" };
}
