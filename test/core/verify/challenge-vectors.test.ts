/** test/vectors/challenge/ through the verifier of files, and through core with the answer's report. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { verifyFile } from "../../../src/certificate/verify/verify-file.js";
import { utf8 } from "../../../src/core/bytes.js";
import { verifyChallenge } from "../../../src/core/verify/verify-challenge.js";
import { verifyEvidence } from "../../../src/core/verify/verify-evidence.js";
import { verifyEd25519 } from "../../../src/platform/keys/ed25519.js";

const FOLDER = new URL("../../vectors/challenge/", import.meta.url);
const read = (name: string) => new Uint8Array(readFileSync(new URL(name, FOLDER)));

interface Case {
  readonly name: string;
  readonly file: string;
  readonly consortium: string;
  readonly answer?: string;
  readonly parties: readonly string[];
  readonly verdict: string;
  readonly code?: string;
  readonly answerCode?: string;
}
const { accepted, refused } = JSON.parse(Buffer.from(read("cases.json")).toString()) as Record<
  "accepted" | "refused",
  readonly Case[]
>;

describe.each([...accepted, ...refused])("$name", (one) => {
  const [challenge, consortium] = [utf8(one.file), read(one.consortium)];
  const answer = one.answer === undefined ? undefined : read(one.answer);
  const { parties, verdict, code, answerCode } = one;

  it.each([
    ["portable", {}],
    ["node:crypto", { verifyEd25519 }],
  ])("%s", (_, host) => {
    const judge = () => {
      const shown = answer && verifyEvidence({ evidence: answer, consortium, parties, ...host });
      return verifyChallenge({ challenge, consortium, parties, ...host, ...(shown && { answer: shown }) });
    };
    const report = judge();
    expect({
      verdict: report.verdict,
      code: report.problem?.code,
      answerCode: report.answer?.code,
    }).toEqual({ verdict, code, answerCode });
  });

  it("through the verifier of files, where the file says what it is", async () => {
    const verified = verifyFile({
      file: challenge,
      consortium,
      parties,
      ...(answer && { answer }),
      templates: () => Promise.resolve(() => undefined),
    });
    const report = await verified;
    if (report.type === "cunzheng/challenge-report@v1") expect(report.verdict).toBe(verdict);
    else expect(report.verdict).not.toBe("verified");
  });
});

it("refuses more than it accepts", () => {
  expect(refused.length).toBeGreaterThan(accepted.length);
});
