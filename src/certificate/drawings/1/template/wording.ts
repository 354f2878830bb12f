/** `wording.json`: every word a certificate prints, in both languages. docs/operation.md, "The certificate's template". */
import type { JsonValue } from "../../../../core/record/json.js";
import { ParseError } from "../../../../core/errors.js";
import {
  readArray,
  readLiteral,
  readObject,
  readOneOf,
  readString,
  type Reader,
} from "../../../../core/record/reader.js";
import { CHECKS, ISSUER_MEMBERS, REASONS, ROLES, TIME_NOTICES } from "../content/subject.js";
import { readEach, ROW_IDS, SECTION_IDS, type SectionId } from "./layout.js";
import { fill, readText, readWords, type Words } from "./words.js";

export type Wording = ReturnType<typeof readWordingObject>;
export type Step = Wording["offline"][number];

/**
 * Throws `ParseError` with the member that is wrong. `{section.ID}` is the number of a section, as the layout has it:
 * `numbered` in their order.
 */
export function readWording(value: JsonValue, numbered: readonly SectionId[]): Wording {
  const wording = readWordingObject(value, numbered);
  const numbers = Object.fromEntries(numbered.map((id, i) => [`section.${id}`, i]));
  const placed = (words: Words): Words => ({
    zh: withNumbers(words.zh, (i) => ORDINALS[i] ?? String(i + 1), numbers),
    en: withNumbers(words.en, (i) => String(i + 1), numbers),
  });
  return {
    ...wording,
    statement: {
      contentReceived: placed(wording.statement.contentReceived),
      digestsOnly: placed(wording.statement.digestsOnly),
    },
    statementQuorum: {
      partiesExcluded: placed(wording.statementQuorum.partiesExcluded),
      depositorCounts: placed(wording.statementQuorum.depositorCounts),
    },
    verify: wording.verify.map((way) => ({
      ...placed(way),
      ...(way.canonical && { canonical: placed(way.canonical) }),
    })),
    offline: wording.offline.map((step) => ({ ...step, ...placed(step) })),
    limits: wording.limits.map(placed),
  };
}

export const ORDINALS = Array.from("一二三四五六七八九十");

function withNumbers(
  text: string,
  spelled: (i: number) => string,
  numbers: Readonly<Record<string, number>>,
): string {
  return text.replaceAll(/\{(section\.\w+)\}/g, (_, name: string) => spelled(numbers[name] ?? 0));
}

const words = readWords();

const readValues = (value: JsonValue, field: string) =>
  readObject(value, field, {
    required: {
      bytes: words,
      digestsOnly: words,
      registered: words,
      canonical: words,
      notStated: words,
      notLaterThan: readWords("time"),
      notComputed: words,
      chainPlace: readWords("sequence"),
      leafPlace: readWords("index", "size"),
      entryPlace: readWords("index", "size"),
      clockOffset: readWords("offset"),
      clockUnknown: words,
      truncated: readWords("length"),
      quorumRule: readWords("total", "roles"),
      quorumRoles: readWords("list"),
      quorumRole: readWords("role", "count"),
      excludeParties: words,
      operatorOnly: words,
      signatures: readWords("algorithms"),
      quorumHolds: readWords("got", "roles"),
      quorumHoldsDepositorCounts: readWords("got", "roles"),
      depositorUnknown: words,
      interest: words,
      gotRole: readWords("role", "count"),
      check: readWords("check", "result"),
      noTimestamps: words,
      timestampUnread: words,
      timestampCounts: words,
      timestampCountedAlready: words,
      timestampUnknown: words,
      timestampUndecided: words,
      serialNumber: readWords("number"),
      signatureForm: words,
      renewal: words,
      source: readEach(["system", "operator", "method", "tool"], words),
      issuer: readEach(ISSUER_MEMBERS, words),
      /** Said of times that lie far apart, beside them. */
      timeNotices: readEach(TIME_NOTICES, words),
      timeNotes: readEach(["createdAt", "receivedAt", "sealedAt", "finalAt", "issuedAt"], words),
    },
  });

const readRecordTypes: Reader<Readonly<Record<string, Words>>> = (value, field) => {
  const names = typeof value === "object" && value !== null ? Object.keys(value) : [];
  return readEach(names, words)(value, field);
};

const readAlgorithm = (value: JsonValue, field: string) =>
  readObject(value, field, {
    required: { name: readText(), oid: readText(), use: words },
    /** Shown only where the evidence has signatures of this algorithm. */
    optional: { onlyWhere: readOneOf("ed25519", "ml-dsa-44") },
  });

/** ASCII, as one types it. */
const readCommand: Reader<string> = (value, field) => {
  const text = readString(value, field);
  if (!/^[ -~]{1,300}$/.test(text))
    throw new ParseError("value-range", "no command", {
      field,
      got: text.slice(0, 80),
      want: "printable ASCII",
    });
  return text;
};

function readWordingObject(value: JsonValue, numbered: readonly SectionId[]) {
  const sections = numbered.map((id) => `section.${id}`);
  const placed = readWords(...sections);
  return readObject(value, "", {
    required: {
      type: readLiteral("cunzheng/certificate-wording@v1"),
      title: words,
      documentTitle: readWords("id"),
      service: words,
      certificateNumber: words,
      issued: words,
      page: readWords("page", "pages"),
      footer: words,
      /** What the certificate claims: of content that the service received, or of digests that it was sent. */
      statement: readEach(["contentReceived", "digestsOnly"], readWords("notLaterThan", ...sections)),
      /** What the time in it rests on. */
      statementQuorum: readEach(["partiesExcluded", "depositorCounts"], readWords("counted", ...sections)),
      sections: readEach(SECTION_IDS, words),
      seal: readEach(["line", "sample"], words),
      labels: readEach(ROW_IDS, words),
      values: readValues,
      cosignerColumns: readEach(["organisation", "role", "node", "time", "counted"], words),
      roles: readEach(ROLES, words),
      kinds: readEach(["mirror", "witness"], words),
      reasons: readEach(REASONS, words),
      checks: readEach(CHECKS, words),
      results: readEach(["passed", "not-run"], words),
      /** Names of the record types known here; others are printed as they are. */
      recordTypes: readRecordTypes,
      algorithms: readArray(readAlgorithm),
      verify: readArray((way, field) =>
        readObject(way, field, {
          required: { zh: readText(...sections), en: readText(...sections) },
          /** In its place where the digests are of a canonical form. */
          optional: { canonical: placed },
        }),
      ),
      offline: readArray((step, field) =>
        readObject(step, field, {
          required: { zh: readText(...sections), en: readText(...sections) },
          optional: { command: readCommand },
        }),
      ),
      limits: readArray(placed),
    },
  });
}

/** Words filled in both languages. */
export const fillWords = ({ zh, en }: Words, values: Readonly<Record<string, string | number>>): Words => ({
  zh: fill(zh, values),
  en: fill(en, values),
});
