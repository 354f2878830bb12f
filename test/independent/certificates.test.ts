/**
 * The independent verifier on certificates: of each as it was issued, and of forgeries made from them by anybody and by
 * the holders of the keys, it must say what ours says without the template, which it cannot draw. With the template no
 * forgery passes, and what is none does.
 */
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "@jest/globals";
import type { FindTemplate } from "../../src/certificate/template/template.js";
import { verifyCertificate } from "../../src/certificate/verify/verify-certificate.js";
import { ParseError } from "../../src/core/errors.js";
import { createDigester, verifyEd25519 } from "../../src/platform/keys/ed25519.js";
import { verifyX509Signature } from "../../src/platform/keys/x509-signature.js";
import { findTemplate } from "../certificate/fixture.js";
import { temporaryFolders } from "../temporary-folder.js";
import { type CertificateSample, writeCertificateSamples } from "./certificate-samples.js";
import { withPython } from "./with-python.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const SEED = "the document suffices";
const FORGERIES = 450;
const temporaryFolder = temporaryFolders();

/** A file by how it differs from its sample; the rest in base64. */
interface Forgery {
  readonly case: string;
  readonly sample: string;
  readonly prefix: number;
  readonly middle: string;
  readonly suffix: number;
  readonly consortium: string;
  readonly parties: readonly string[];
  readonly isForged: boolean;
  /** How many things were changed. */
  readonly changes: number;
  readonly report: { readonly verdict: string; readonly checks: readonly Check[] };
}

interface Check {
  readonly name: string;
  readonly result: string;
  readonly code?: string | null;
}

/** What both are compared on. */
interface Said {
  readonly verdict: string;
  readonly result: string;
  readonly code: string;
}

const UNKNOWN_TEMPLATE: FindTemplate = () => undefined;
const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));

withPython("the independent verifier on certificates", () => {
  let samples: ReadonlyMap<string, CertificateSample>;
  let forgeries: readonly (Forgery & { readonly pdf: Uint8Array })[];

  beforeAll(() => {
    const folder = temporaryFolder();
    samples = writeCertificateSamples(folder);
    const options = { encoding: "utf8", maxBuffer: 2 ** 28 } as const;
    const script = join(HERE, "forged_certificates.py");
    const args = ["-B", script, folder, "--seed", SEED, "--count", `${FORGERIES}`];
    forgeries = execFileSync("python3", args, options)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Forgery)
      .map((forgery) => ({ ...forgery, pdf: fileOf(forgery, samples) }));
  }, 300_000);

  function ours(forgery: Forgery & { readonly pdf: Uint8Array }, template: FindTemplate): Said {
    const { pdf, parties } = forgery;
    const report = verifyCertificate({
      ...{ pdf, parties, consortium: bytes(forgery.consortium) },
      ...{ findTemplate: template, verifyEd25519, verifyX509Signature, createDigester },
    });
    return said(report);
  }

  test("agrees on every certificate as it was issued", () => {
    const issued = forgeries.filter(({ case: name }) => name.startsWith("issued"));
    expect(issued).toHaveLength(samples.size);
    for (const each of issued) {
      const unknown = { verdict: "incomplete", result: "not-run", code: "certificate-template-unknown" };
      expect([each.case, said(each.report)]).toEqual([each.case, unknown]);
      expect([each.case, ours(each, UNKNOWN_TEMPLATE)]).toEqual([each.case, unknown]);
      expect([each.case, ours(each, findTemplate).verdict]).toEqual([each.case, "verified"]);
    }
  });

  test(`agrees on ${FORGERIES} forgeries and more, none of which passes`, () => {
    const disagreements: object[] = [];
    const wrong: string[] = [];
    for (const forgery of forgeries) {
      let isAsked = false;
      const unknown: FindTemplate = () => ((isAsked = true), undefined);
      const [independent, own] = [said(forgery.report), orThrown(() => ours(forgery, unknown))];
      if (!agree(independent, own, forgery.changes))
        disagreements.push({ name: forgery.case, independent, ours: own });
      // Where nobody asked for the template, having it would change nothing.
      const final = isAsked ? orThrown(() => ours(forgery, findTemplate)) : own;
      const passes = final.result === "passed" || final.verdict === "verified";
      if (passes === forgery.isForged) wrong.push(forgery.case);
    }
    expect(disagreements).toEqual([]);
    expect(wrong).toEqual([]);
    const [forged, genuine] = [true, false].map((is) => forgeries.filter(({ isForged }) => isForged === is));
    expect(forged?.length).toBeGreaterThan(600);
    expect(genuine?.length).toBeGreaterThan(35);
    expect(new Set(forgeries.map(({ report }) => said(report).code)).size).toBeGreaterThan(14);
  }, 300_000);
});

function fileOf(forgery: Forgery, samples: ReadonlyMap<string, CertificateSample>): Uint8Array {
  const { pdf } = samples.get(forgery.sample) as CertificateSample;
  const parts = [
    pdf.subarray(0, forgery.prefix),
    bytes(forgery.middle),
    pdf.subarray(pdf.length - forgery.suffix),
  ];
  return new Uint8Array(Buffer.concat(parts));
}

function said({ verdict, checks }: { readonly verdict: string; readonly checks: readonly Check[] }): Said {
  const { result, code } = checks.find(({ name }) => name === "certificate") as Check;
  return { verdict, result, code: code ?? "none" };
}

function orThrown(run: () => Said): Said {
  try {
    return run();
  } catch (error) {
    if (error instanceof ParseError) return { verdict: "thrown", result: "thrown", code: error.code };
    throw error;
  }
}

/** Which of several failures is named the document leaves open, within the file and within the signature. */
const OF_FILE = /^certificate-(malformed|attachment-missing|signature-(missing|range))$/;
/** What ours says of a file that section 9.1 does not read; a verifier that reads by that section alone gives its code. */
const OF_TRANSIT =
  /^certificate-(revision-added|bytes-(behind|before)|attachment-ambiguous|encrypted|line-ends|cut-off|rewritten)$/;
const OF_SIGNATURE =
  /^certificate-(signature-(malformed|invalid)|signer-.*|timestamp-invalid|authority-unknown|chain-invalid)$/;

function agree(one: Said, other: Said, changes: number): boolean {
  if (one.verdict !== other.verdict || one.result !== other.result) return false;
  if (one.code === other.code) return true;
  if (one.result === "failed" && changes > 1) return true;
  if (OF_FILE.test(one.code) && OF_TRANSIT.test(other.code)) return true;
  return [OF_FILE, OF_SIGNATURE].some((group) => group.test(one.code) && group.test(other.code));
}
