/** test/vectors/misconduct/ through core and through the verifier of files that the command line and HTTP use. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { utf8 } from "../../../src/core/bytes.js";
import { verifyMisconduct } from "../../../src/core/verify/verify-misconduct.js";
import { verifyEd25519 } from "../../../src/platform/keys/ed25519.js";
import { verifyFile } from "../../../src/certificate/verify/verify-file.js";

const FOLDER = new URL("../../vectors/misconduct/", import.meta.url);
const read = (name: string) => new Uint8Array(readFileSync(new URL(name, FOLDER)));

interface Case {
  readonly name: string;
  readonly file: string;
  readonly consortium: string;
  readonly verdict: string;
  readonly code?: string;
  readonly convicted?: readonly string[];
}
const { accepted, refused } = JSON.parse(Buffer.from(read("cases.json")).toString()) as Record<
  "accepted" | "refused",
  readonly Case[]
>;

describe.each([...accepted, ...refused])(
  "$name",
  ({ file, consortium: trust, verdict, code, convicted = [] }) => {
    const [misconduct, consortium] = [utf8(file), read(trust)];
    const answer = { verdict, code, convicted };

    it.each([
      ["portable", {}],
      ["node:crypto", { verifyEd25519 }],
    ])("%s", (_, host) => {
      const report = verifyMisconduct({ misconduct, consortium, ...host });
      expect({
        verdict: report.verdict,
        code: report.problem?.code,
        convicted: report.convicted.map(({ name }) => name),
      }).toEqual(answer);
    });

    it("through the verifier of files, where the file says what it is", async () => {
      const report = await verifyFile({
        file: misconduct,
        consortium,
        templates: () => Promise.resolve(() => undefined),
      });
      if (report.type === "cunzheng/misconduct-report@v1")
        expect(report).toEqual(verifyMisconduct({ misconduct, consortium }));
      else expect(report.verdict).not.toBe("verified");
    });
  },
);

it("refuses more than it accepts", () => {
  expect(refused.length).toBeGreaterThan(accepted.length);
});
