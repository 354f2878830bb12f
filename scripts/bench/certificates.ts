/**
 * Certificates on one core: the first of a fresh process, and how many a second when warm, from evidence to the signed
 * file that the verifier has passed (its pages apart: they have just been drawn). Each is of another deposit, so that
 * nothing which one of them printed helps with the next.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { signCertificate } from "../../src/certificate/make-certificate.js";
import {
  type CertificateInput,
  drawUnsigned,
  reportFor,
} from "../../src/certificate/template/draw-certificate.js";
import { signedDigest, withSignature } from "../../src/certificate/pdf/signature-object.js";
import { verifySigned } from "../../src/certificate/verify/verify-certificate.js";
import { encodeDetachedSignature } from "../../src/pki/signature/detached-signature.js";
import type { DocumentSigner } from "../../src/platform/keys/document-signer.js";
import { PROJECT } from "../project.js";
import { openSampleMaker, openSampleTemplate } from "./sample-certificates.js";
import { machine, printTable, type Row } from "./table.js";

const COLD_RUNS = 5;
const RUNS = 7;
/** Certificates a run, and before the first. */
const EACH = 200;
const SAMPLES = 50;
const WARM_UP = 1500;

export async function benchCertificates(): Promise<void> {
  const head = machine();
  const cold = Array.from({ length: COLD_RUNS }, firstCertificate);
  const { signer, input } = await openSampleMaker();
  const template = openSampleTemplate();
  const samples = Array.from({ length: SAMPLES }, (_, i) => input(i, template));
  const make = (sample: CertificateInput) => signCertificate(sample, signer);
  const sizes = eachOf(samples, WARM_UP, (sample) => make(sample).pdf.length / 1024);
  const wholes = Array.from({ length: RUNS }, () => millisecondsEach(samples, make));
  const parts = stagesOf(samples, signer).map(({ what, run }) => ({
    what,
    values: Array.from({ length: RUNS }, () => millisecondsEach(samples, run).wall),
  }));
  const rows: Row[] = [
    { what: "template opened, in a fresh process", values: cold.map(({ open }) => open), unit: "ms" },
    { what: "first certificate of that process", values: cold.map(({ make: first }) => first), unit: "ms" },
    ...parts.map(({ what, values }) => ({ what: `${what}, warm`, values, unit: "ms" })),
    { what: "all of it, warm", values: wholes.map(({ wall }) => wall), unit: "ms" },
    { what: "all of it, of the processor's time", values: wholes.map(({ cpu }) => cpu), unit: "ms" },
    { what: "certificates", values: wholes.map(({ wall }) => 1000 / wall), unit: "/s", mark: "200" },
    { what: "size", values: sizes, unit: "KiB", mark: "130" },
  ];
  printTable(
    [...head, `${EACH} certificates a run on one core, ${RUNS} runs; fastest and slowest run in brackets`],
    rows,
  );
}

interface Stage {
  readonly what: string;
  readonly run: (sample: CertificateInput, number: number) => unknown;
}

/** In the order in which a certificate is made, each by itself with what those before it gave. */
function stagesOf(samples: readonly CertificateInput[], signer: DocumentSigner): readonly Stage[] {
  const made = samples.map((sample) => {
    const report = reportFor(sample);
    const { bytes, contents } = drawUnsigned(sample, report);
    const messageDigest = signedDigest(bytes, contents, sample.createDigester);
    const signature = encodeDetachedSignature({ messageDigest, ...signer });
    return { report, bytes, contents, signature, pdf: withSignature(bytes, contents, signature) };
  });
  const of = (number: number) => made[number % SAMPLES] as (typeof made)[number];
  return [
    { what: "the evidence verified", run: reportFor },
    { what: "drawn", run: (sample, i) => drawUnsigned(sample, of(i).report) },
    {
      what: "signed (RSA-2048)",
      run: ({ createDigester }, i) => {
        const { bytes, contents } = of(i);
        const messageDigest = signedDigest(bytes, contents, createDigester);
        return withSignature(bytes, contents, encodeDetachedSignature({ messageDigest, ...signer }));
      },
    },
    {
      what: "read and its signature verified",
      run: ({ evidence, template: _, ...sample }, i) => {
        const { pdf, report } = of(i);
        return verifySigned({ ...sample, pdf }, { evidence, report });
      },
    },
  ];
}

function eachOf<T, R>(items: readonly T[], count: number, work: (item: T, number: number) => R): R[] {
  return Array.from({ length: count }, (_, i) => work(items[i % items.length] as T, i));
}

function millisecondsEach<T>(items: readonly T[], work: (item: T, number: number) => unknown) {
  const [start, used] = [performance.now(), process.cpuUsage()];
  for (let i = 0; i < EACH; i++) work(items[i % items.length] as T, i);
  const { user, system } = process.cpuUsage(used);
  return { wall: (performance.now() - start) / EACH, cpu: (user + system) / 1000 / EACH };
}

function firstCertificate(): { readonly open: number; readonly make: number } {
  const program = join(PROJECT, "dist/scripts/bench/first-certificate.js");
  return JSON.parse(execFileSync(process.execPath, [program]).toString()) as { open: number; make: number };
}
