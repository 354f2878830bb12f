/** The cases as files: `<case>/evidence.json`, `consortium.json`, perhaps `record`, and `expected.json`. */
import { utf8 } from "../../src/core/bytes.js";
import type { Notice } from "../../src/core/verify/report.js";
import { evidenceCases } from "./evidence-cases.js";
import { consortium } from "./sample-world.js";

/** `expected.json`: what every door must answer. */
export interface Expected {
  readonly why: string;
  readonly parties: readonly string[];
  readonly verdict: string;
  readonly failed: Readonly<Record<string, string>>;
  readonly trustProblem?: string;
  readonly counted?: readonly string[];
  readonly notices?: readonly string[];
  readonly timestamps?: readonly string[];
  /** Those of times that lie far apart. */
  readonly timeNotices?: readonly string[];
  /** Those times of the report that follow from others. */
  readonly times?: DerivedTimes;
  /** Whether a text that differs would agree in another form. */
  readonly recordNotices?: readonly RecordNotice[];
}

export type RecordNotice = Pick<Notice, "form"> & { readonly code: string };

export interface DerivedTimes {
  readonly finalAt?: string;
  readonly existedNotLaterThan?: string;
  readonly timestampedAt?: string;
  readonly timestampedNotLaterThan?: string;
}

export function evidenceVectors(): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const [name, vector] of Object.entries(evidenceCases())) {
    const {
      why,
      evidence,
      record,
      verdict,
      failed = {},
      trustProblem,
      counted,
      notices,
      timestamps,
      timeNotices,
      times,
      recordNotices,
      parties = [],
    } = vector;
    const expected: Expected = {
      why,
      parties,
      verdict,
      failed,
      ...(trustProblem !== undefined && { trustProblem }),
      ...(counted && { counted }),
      ...(notices && { notices }),
      ...(timestamps && { timestamps }),
      ...(timeNotices && { timeNotices }),
      ...(times && { times }),
      ...(recordNotices && { recordNotices }),
    };
    files.set(`${name}/evidence.json`, evidence);
    files.set(`${name}/consortium.json`, vector.consortiumBytes ?? pretty(vector.consortium ?? consortium()));
    if (record) files.set(`${name}/record`, record);
    files.set(`${name}/expected.json`, pretty(expected));
  }
  return files;
}

const pretty = (value: unknown): Uint8Array => utf8(`${JSON.stringify(value, null, 2)}\n`);
