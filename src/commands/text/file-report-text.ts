/** The report on a file as a person reads it, whatever the file was. */
import type { FileReport } from "../../certificate/verify/verify-file.js";
import { challengeText } from "./challenge-text.js";
import { misconductText } from "./misconduct-text.js";
import { type Catalogue, type Language, type ReportInputs, reportText } from "./report-text.js";

/** Gives the text of a report of whichever type; `inputs` are the files that lay before the program. */
export function fileReportText(
  report: FileReport,
  inputs: ReportInputs,
  catalogue: Catalogue,
  language: Language,
): string {
  switch (report.type) {
    case "cunzheng/report@v1":
      return reportText(report, inputs, catalogue, language);
    case "cunzheng/misconduct-report@v1":
      return misconductText(report, inputs, catalogue, language);
    case "cunzheng/challenge-report@v1":
      return challengeText(report, inputs, catalogue, language);
  }
}
