/**
 * What the fuzzer spoils: genuine files of every kind that a verifier reads, with the trust file, record, answer and
 * parties they are verified with. They are the vectors, and certificates signed anew under a root that their trust file
 * names.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { signCertificate } from "../../src/certificate/make-certificate.js";
import { PdfReader } from "../../src/certificate/pdf/pdf-reader.js";
import { readSignature, withSignature } from "../../src/certificate/pdf/signature-object.js";
import { utf8 } from "../../src/core/bytes.js";
import { formatTime, parseTime } from "../../src/core/record/time.js";
import { signatureValueOf, withSignatureTimestamp } from "../../src/pki/signature/detached-signature.js";
import { openSampleMaker, openSampleTemplate } from "../bench/sample-certificates.js";
import { sampleAuthority } from "../make-vectors/timestamp-authority.js";
import { PROJECT } from "../project.js";

export const KINDS = [
  "evidence",
  "certificate",
  "trust-file",
  "record",
  "misconduct",
  "challenge",
  "answer",
] as const;
/** Which file of an original is spoilt; all but `trust-file`, `record` and `answer` are the file under verification. */
export type Kind = (typeof KINDS)[number];

/** What a verifier is given. */
export interface Given {
  readonly file: Uint8Array;
  readonly consortium: Uint8Array;
  readonly record?: Uint8Array;
  readonly answer?: Uint8Array;
  readonly parties: readonly string[];
}

export interface Original {
  readonly name: string;
  readonly kind: "evidence" | "certificate" | "misconduct" | "challenge";
  readonly given: Given;
}

const VECTORS = join(PROJECT, "test/vectors");
const SPOILT_PART = { "trust-file": "consortium", record: "record", answer: "answer" } as const;
const MINUTE_MS = 60_000;

/** The name of the file of `Given` that is spoilt for `kind`. */
export const spoiltPart = (kind: Kind): "file" | "consortium" | "record" | "answer" =>
  kind in SPOILT_PART ? SPOILT_PART[kind as keyof typeof SPOILT_PART] : "file";

/** The originals of which `kind` can be spoilt. */
export function originalsOf(kind: Kind, originals: readonly Original[]): readonly Original[] {
  const part = spoiltPart(kind);
  return originals.filter(({ kind: own, given }) =>
    part === "file" ? own === kind : given[part] !== undefined && (part !== "record" || own === "evidence"),
  );
}

export async function readOriginals(): Promise<readonly Original[]> {
  return [
    ...evidenceOriginals(),
    ...claimOriginals("misconduct"),
    ...claimOriginals("challenge"),
    ...(await certificateOriginals()),
  ];
}

function evidenceOriginals(): readonly Original[] {
  const folder = join(VECTORS, "evidence");
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const file = (part: string) => join(folder, name, part);
      const { parties } = JSON.parse(readFileSync(file("expected.json"), "utf8")) as {
        readonly parties: readonly string[];
      };
      return {
        name,
        kind: "evidence",
        given: {
          file: bytesOf(file("evidence.json")),
          consortium: bytesOf(file("consortium.json")),
          ...(existsSync(file("record")) && { record: bytesOf(file("record")) }),
          parties,
        },
      };
    });
}

interface Claim {
  readonly name: string;
  readonly file: string;
  readonly consortium: string;
  readonly answer?: string;
  readonly parties?: readonly string[];
}

function claimOriginals(kind: "misconduct" | "challenge"): readonly Original[] {
  const folder = join(VECTORS, kind);
  const { accepted, refused } = JSON.parse(readFileSync(join(folder, "cases.json"), "utf8")) as {
    readonly accepted: readonly Claim[];
    readonly refused: readonly Claim[];
  };
  return [...accepted, ...refused].map(({ name, file, consortium, answer, parties = [] }) => ({
    name,
    kind,
    given: {
      file: utf8(file),
      consortium: bytesOf(join(folder, consortium)),
      ...(answer !== undefined && { answer: bytesOf(join(folder, answer)) }),
      parties,
    },
  }));
}

/** In both languages, with a time-stamp over the signature and without. */
async function certificateOriginals(): Promise<readonly Original[]> {
  const { signer, input } = await openSampleMaker();
  const template = openSampleTemplate();
  const authority = sampleAuthority("Example TSA East", 0x61);
  return (["zh", "en"] as const).flatMap((language, i) =>
    [false, true].map((isStamped) => {
      const sample = { ...input(i, template), language };
      const consortium = isStamped ? trusting(sample.consortium, authority.pem) : sample.consortium;
      const { pdf } = signCertificate({ ...sample, consortium }, signer);
      const genTime = formatTime(parseTime(sample.issuedAt) + MINUTE_MS);
      return {
        name: `${language}${isStamped ? ", time-stamped" : ""}`,
        kind: "certificate" as const,
        given: {
          file: isStamped ? stamped(pdf, (value) => authority.stamp(value, { genTime })) : pdf,
          consortium,
          parties: [],
        },
      };
    }),
  );
}

function trusting(consortium: Uint8Array, pem: string): Uint8Array {
  const trust = JSON.parse(new TextDecoder().decode(consortium)) as object;
  return utf8(JSON.stringify({ ...trust, timestampAuthorities: [pem] }));
}

function stamped(pdf: Uint8Array, stamp: (value: Uint8Array) => Uint8Array): Uint8Array {
  const { hole, cms } = readSignature(new PdfReader(pdf));
  return withSignature(pdf, hole, withSignatureTimestamp(cms, stamp(signatureValueOf(cms))));
}

const bytesOf = (path: string): Uint8Array => new Uint8Array(readFileSync(path));
