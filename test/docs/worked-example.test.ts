/** The worked example on the page is the one that the sample world makes: its vectors are the files beside it. */
import { describe, expect, it } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withWorkedExample } from "../../scripts/make-vectors/worked-example.js";
import { encodeEvidence } from "../../src/core/evidence/evidence.js";
import { sampleEvidence } from "../../scripts/make-vectors/sample-world.js";

const root = join(import.meta.dirname, "../..");

describe("docs/evidence-format.md", () => {
  const page = readFileSync(join(root, "docs/evidence-format.md"), "utf8");

  it("shows the worked example as `npm run vectors` writes it", () => {
    expect(page).toBe(withWorkedExample(page));
  });

  it("shows the evidence of the folder that it names", () => {
    const folder = /`(test\/vectors\/evidence\/[a-z-]+)`/.exec(page)?.[1] as string;
    const evidence = new Uint8Array(readFileSync(join(root, folder, "evidence.json")));
    expect(evidence).toEqual(encodeEvidence(sampleEvidence().evidence));
  });
});
