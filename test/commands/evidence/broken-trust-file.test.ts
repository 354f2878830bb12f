/** A broken trust file decides nothing: at every door the verdict is `incomplete`, whatever would have been found under it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { consortium, json } from "../../../scripts/make-vectors/sample-world.js";
import { makeChallenge } from "../../../src/programs/challenge.js";
import { createFileVerifier } from "../../../src/programs/verifying/verifier.js";
import { verifyEd25519 } from "../../../src/platform/keys/ed25519.js";
import { parseChallenge } from "../../../src/core/evidence/challenge.js";

import { pemOf, ROOT } from "../../certificate/signer.js";
import { temporaryFolders } from "../../temporary-folder.js";
import { office } from "../consortium/consortium-office.js";

const temporaryFolder = temporaryFolders();
const VECTORS = new URL("../../vectors/", import.meta.url);
const read = (path: string) => new Uint8Array(readFileSync(new URL(path, VECTORS)));

interface Cases {
  readonly accepted: readonly { readonly file: string; readonly answer?: string; readonly verdict: string }[];
}
const casesOf = (kind: "misconduct" | "challenge") =>
  (JSON.parse(Buffer.from(read(`${kind}/cases.json`)).toString()) as Cases).accepted;

const authority = pemOf(ROOT);
const BROKEN = {
  "an authority of time that is no X.509 certificate": {
    timestampAuthorities: ["-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"],
  },
  "an authority of certificates that is no X.509 certificate": {
    certificateAuthorities: ["-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"],
  },
  "one key as an authority of both kinds": {
    timestampAuthorities: [authority],
    certificateAuthorities: [authority],
  },
  "two organisations of one credit code": {
    organisations: consortium().organisations.map((each) => ({ ...each, creditCode: "EXAMPLE" })),
  },
};
const verify = createFileVerifier({ templates: [], verifyEd25519 });

describe.each(Object.entries(BROKEN))("%s", (_, members) => {
  const trustFile = json({ ...consortium(), ...members });
  const verdictOf = async (file: Uint8Array, answer?: Uint8Array) =>
    (await verify({ file, consortium: trustFile, parties: [], ...(answer && { answer }) })).verdict;

  it("verifies no evidence, and refuses none", async () => {
    expect(await verdictOf(read("evidence/happy-path/evidence.json"))).toBe("incomplete");
    expect(await verdictOf(read("evidence/altered-batch_fail/evidence.json"))).toBe("incomplete");
  });

  it("convicts nobody", async () => {
    for (const { file } of casesOf("misconduct"))
      expect(await verdictOf(Buffer.from(file))).toBe("incomplete");
  });

  it("leaves no challenge unanswered, and answers none", async () => {
    for (const { file, answer } of casesOf("challenge")) {
      const shown = answer === undefined ? undefined : read(`challenge/${answer}`);
      expect(await verdictOf(Buffer.from(file), shown)).toBe("incomplete");
    }
  });

  it("makes no challenge", async () => {
    const folder = temporaryFolder();
    const unanswered = casesOf("challenge").find(({ verdict }) => verdict === "unanswered");
    const { receipt, checkpoint } = parseChallenge(Buffer.from(unanswered?.file ?? ""));
    const path = (name: string, content: string | Uint8Array) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const { report } = await makeChallenge({
      receipt: path("receipt.txt", receipt),
      checkpoint: path("checkpoint.txt", checkpoint),
      consortium: path("consortium.json", trustFile),
      parties: [],
      out: join(folder, "out.json"),
    });
    expect(report.verdict).toBe("incomplete");
  });

  it.each([
    ["show"],
    ["fingerprint"],
    ["history", "--from", "nowhere"],
    ["update", "--from", "nowhere"],
    ["check", "--change", "change.json"],
    ["propose", "--wanted", "wanted.json", "--reason", "r", "--out", "change.json"],
  ])("ends `cunzheng consortium %s` with 2", async (...args) => {
    const { run } = office({ "consortium.json": trustFile, "wanted.json": json(consortium()) });
    expect(await run(...args)).toMatchObject({ exitCode: 2, out: "" });
  });

  it("is not what `propose` is asked to lead to", async () => {
    const { run } = office({ "wanted.json": trustFile });
    const args = ["propose", "--wanted", "wanted.json", "--reason", "r", "--out", "change.json"];
    expect(await run(...args)).toMatchObject({ exitCode: 2, out: "" });
  });
});
