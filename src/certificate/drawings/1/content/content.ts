/**
 * What a certificate says, before anything is drawn: each row from the evidence's own fields and from the report of
 * the one verifier, in both languages. Nothing is printed that those two do not hold.
 */
import { bytesFromBase64, hex } from "../../../../core/bytes.js";
import { formatTime } from "../../../../core/record/time.js";
import { beijing, beijingDay } from "../template/beijing-time.js";
import { fieldValue } from "../template/field-catalogue.js";
import type { LayoutRow, RowId } from "../template/layout.js";
import { FixedParagraphs, type Paragraph } from "./paragraph.js";
import { checkWords, outcomeWords, ruleWords } from "./quorum-words.js";
import {
  type Algorithm,
  type CertificateSubject,
  ISSUER_MEMBERS,
  type ReportFacts,
  type TimeNotice,
  type TimestampFacts,
} from "./subject.js";
import type { Template } from "../template/design.js";
import { visibleText } from "./visible-text.js";
import { fillWords } from "../template/wording.js";
import { fill, type Language, otherThan, placeholdersOf, type Words } from "../template/words.js";

export interface FieldRow {
  readonly label: Words;
  readonly value: readonly Paragraph[];
}

export interface CosignerRow {
  readonly organisation: Paragraph;
  readonly role: readonly Paragraph[];
  readonly node: Paragraph;
  readonly time: readonly Paragraph[];
  readonly counted: readonly Paragraph[];
  readonly isCounted: boolean;
}

const fixedOf = new WeakMap<Template, FixedParagraphs>();

export class CertificateContent {
  readonly subject: CertificateSubject;
  readonly template: Template;
  readonly language: Language;
  readonly other: Language;

  constructor(subject: CertificateSubject, template: Template) {
    this.subject = subject;
    this.template = template;
    this.language = subject.language;
    this.other = otherThan(subject.language);
  }

  /** Undefined where the evidence has nothing to say under this label. */
  row(row: LayoutRow): FieldRow | undefined {
    if (typeof row !== "string") return this.#ownRow(row);
    const value = this.#value(row);
    return value === undefined ? undefined : { label: this.template.wording.labels[row], value };
  }

  /** An operator's row: left out where the evidence lacks a field that it names. */
  #ownRow({ label, value }: Exclude<LayoutRow, string>): FieldRow | undefined {
    const values: Record<string, string> = {};
    for (const name of [...placeholdersOf(value.zh), ...placeholdersOf(value.en)]) {
      const field = fieldValue(name, this.subject);
      if (field === undefined) return undefined;
      values[name] = this.user(String(field));
    }
    const words = fillWords(value, values);
    return { label, value: words.zh === words.en ? [{ text: words.zh }] : [this.pair(words)] };
  }

  statement(): Words {
    const { wording } = this.template;
    const { report } = this.subject;
    const { statement, statementQuorum } = wording;
    const { digestsBy } = this.subject.evidence.statement;
    const claim = fillWords(digestsBy === "service" ? statement.contentReceived : statement.digestsOnly, {
      notLaterThan: beijing(report.existedNotLaterThan, "second").slice(0, 19),
    });
    const rests = fillWords(
      report.rule.excludeParties ? statementQuorum.partiesExcluded : statementQuorum.depositorCounts,
      { counted: report.quorum.total },
    );
    return { zh: claim.zh + rests.zh, en: `${claim.en} ${rests.en}` };
  }

  waysToVerify(): Words[] {
    const isCanonical = this.subject.evidence.statement.canonicalization !== undefined;
    return this.template.wording.verify.map((words) => (isCanonical && words.canonical) || words);
  }

  service(): Words {
    const { service: name } = this.subject;
    return name ? { zh: this.user(name.zh), en: this.user(name.en) } : this.template.wording.service;
  }

  issueDay(): string {
    return beijingDay(this.subject.issuedAt, this.language);
  }

  cosigners(): CosignerRow[] {
    const { roles, kinds, reasons } = this.template.wording;
    return this.subject.report.cosigners.map((cosigner) => {
      const { organisationName: name } = cosigner;
      const time = beijing(formatTime(cosigner.timeSeconds * 1000), "second");
      return {
        organisation: name
          ? this.pair({ zh: this.user(name.zh), en: this.user(name.en) })
          : { text: this.user(cosigner.organisation) },
        role: this.fixedPair(roles[cosigner.role]),
        node: {
          text: this.user(cosigner.name),
          beside: this.pairText(kinds[cosigner.kind]) + NAMED_ALGORITHM[cosigner.algorithm],
        },
        time: [{ text: time.slice(0, 19) }],
        counted: this.fixedPair(reasons[cosigner.reason]),
        isCounted: cosigner.counted,
      };
    });
  }

  /** Both languages, this certificate's first. */
  pair(words: Words): Paragraph {
    return { text: words[this.language], beside: words[this.other] };
  }

  /** The same as a cell; `words` are the template's. */
  fixedPair(words: Words): readonly Paragraph[] {
    return this.#fixed(`${words.zh}|${words.en}`, () => [this.pair(words)]);
  }

  /** `key` says everything that `make` depends on but the language. */
  #fixed(key: string, make: () => readonly Paragraph[]): readonly Paragraph[] {
    let kept = fixedOf.get(this.template);
    if (kept === undefined) fixedOf.set(this.template, (kept = new FixedParagraphs()));
    return kept.get(`${this.language} ${key}`, make);
  }

  pairText(words: Words): string {
    return `${words[this.language]} ${words[this.other]}`;
  }

  user(text: string): string {
    const { isPrinted, wording } = this.template;
    return visibleText(text, isPrinted, (length) =>
      fill(wording.values.truncated[this.language], { length }),
    );
  }

  #value(id: RowId): readonly Paragraph[] | undefined {
    const { evidence, report, issuedAt, templateDigest, consortiumDigest } = this.subject;
    const { statement, batch, inclusion } = evidence;
    const { values, recordTypes } = this.template.wording;
    const mono = (text: string): Paragraph[] => [{ text, isMono: true }];
    const user = (text: string | undefined): Paragraph[] | undefined =>
      text === undefined ? undefined : [{ text: this.user(text) }];
    const { checkpoint } = report;
    switch (id) {
      case "depositor":
        return [
          {
            text: this.user(statement.depositor.name),
            beside: `${this.user(statement.depositor.id)}  ·  ${this.pairText(values.registered)}`,
          },
        ];
      case "creditCode":
        return user(statement.depositor.creditCode);
      case "recordType": {
        const known = Object.hasOwn(recordTypes, statement.recordType)
          ? recordTypes[statement.recordType]
          : undefined;
        return [{ text: this.user(statement.recordType), ...(known && { beside: this.pairText(known) }) }];
      }
      case "name":
        return user(statement.name);
      case "clientRef":
        return user(statement.clientRef);
      case "source":
        return this.#source();
      case "content": {
        const size = `${grouped(statement.size)} ${this.pairText(values.bytes)}`;
        return [
          { text: `${size}  ·  ${this.user(statement.mediaType)}` },
          ...(statement.digestsBy === "depositor" ? this.fixedPair(values.digestsOnly) : []),
          ...(statement.canonicalization ? [{ text: "", beside: this.pairText(values.canonical) }] : []),
        ];
      }
      case "sha256":
        return mono(hexOf(statement.digests["sha-256"]));
      case "sm3":
        return statement.digests.sm3 === undefined
          ? this.fixedPair(values.notComputed)
          : mono(hexOf(statement.digests.sm3));
      case "chain": {
        if (statement.chain === undefined) return undefined;
        const { id: chainId, sequence } = statement.chain;
        const place = this.pairText(fillWords(values.chainPlace, { sequence }));
        return [{ text: chainId, isMono: true, beside: place }];
      }
      case "createdAt":
        return statement.createdAt === undefined
          ? this.fixedPair(values.notStated)
          : this.#time(statement.createdAt, "createdAt");
      case "receivedAt":
        return this.#time(statement.receivedAt, "receivedAt");
      case "sealedAt":
        return this.#time(batch.sealedAt, "sealedAt");
      case "finalAt":
        return this.#bound(report.existedNotLaterThan);
      case "timestamps":
        return this.#timestamps();
      case "issuedAt":
        return this.#time(issuedAt, "issuedAt");
      case "leafHash":
        return mono(hexOf(report.leafHash));
      case "previous":
        return statement.chain?.previous === undefined ? undefined : mono(hexOf(statement.chain.previous));
      case "batch":
        return mono(batch.id);
      case "batchRoot":
        return mono(hexOf(batch.root));
      case "leaf":
        return [this.pair(fillWords(values.leafPlace, { index: inclusion.leafIndex, size: batch.size }))];
      case "origin":
        return [{ text: this.user(checkpoint.origin) }];
      case "entry":
        return [
          this.pair(fillWords(values.entryPlace, { index: report.ledgerIndex, size: checkpoint.treeSize })),
        ];
      case "checkpointRoot":
        return mono(hexOf(checkpoint.rootHash));
      case "quorumRule":
        return this.#quorumRule();
      case "quorumResult":
        return this.#quorumResult();
      case "interest":
        return this.fixedPair(values.interest);
      case "checks":
        return this.#checks();
      case "trustFile":
        return mono(hexOf(consortiumDigest));
      case "algorithms":
        return this.#algorithms();
      case "signature":
        return this.fixedPair(values.signatureForm);
      case "renewal":
        return this.fixedPair(values.renewal);
      case "software":
        return user(batch.state.software);
      case "config":
        return mono(hexOf(batch.state.config));
      case "clockOffset": {
        const offset = batch.state.clockOffsetMs;
        return [this.pair(offset === null ? values.clockUnknown : fillWords(values.clockOffset, { offset }))];
      }
      case "issuer":
        return this.#issuer();
      case "template":
        return mono(hexOf(templateDigest));
    }
  }

  /** The issuer's own statement, and said to be one. */
  #issuer(): readonly Paragraph[] | undefined {
    const { issuer } = this.subject;
    if (issuer === undefined) return undefined;
    const { issuer: names } = this.template.wording.values;
    return ISSUER_MEMBERS.flatMap((member) => {
      const text = issuer[member];
      return text === undefined ? [] : [{ text: this.user(text), beside: this.pairText(names[member]) }];
    });
  }

  #algorithms(): readonly Paragraph[] {
    const used = this.template.wording.algorithms.filter(
      ({ onlyWhere }) => onlyWhere === undefined || isUsed(this.subject.report, onlyWhere),
    );
    return this.#fixed(`algorithms ${used.map(({ name, oid }) => `${name} ${oid}`).join()}`, () =>
      used.map(({ name, oid, use }) => ({ text: `${name}  ${oid}`, beside: this.pairText(use) })),
    );
  }

  #time(
    time: string,
    note: keyof Template["wording"]["values"]["timeNotes"],
    precision?: "second",
  ): Paragraph[] {
    return [{ text: beijing(time, precision), beside: this.#timeNote(note) }];
  }

  /** Whose clock it is, and whether it lies far from the times around it. */
  #timeNote(row: keyof Template["wording"]["values"]["timeNotes"]): string {
    const said = this.#timeNotices(row).map((words) => this.pairText(words));
    return [this.pairText(this.template.wording.values.timeNotes[row]), ...said].join("  ·  ");
  }

  #timeNotices(row: string): readonly Words[] {
    const { timeNotices } = this.template.wording.values;
    const said = this.subject.report.timeNotices;
    return (SAID_BESIDE[row] ?? []).filter((code) => said.includes(code)).map((code) => timeNotices[code]);
  }

  /** "Not later than" a whole second. */
  #bound(time: string): Paragraph[] {
    return [{ text: this.#notLaterThan(time), beside: this.#timeNote("finalAt") }];
  }

  #notLaterThan(time: string): string {
    const words = this.template.wording.values.notLaterThan;
    return fillWords(words, { time: beijing(time, "second") })[this.language];
  }

  /** Each token with its authority's time. */
  #timestamps(): readonly Paragraph[] {
    const { values } = this.template.wording;
    const tokens = this.subject.report.timestamps;
    if (tokens.length === 0) return this.fixedPair(values.noTimestamps);
    const shown = tokens.map((token): Paragraph => {
      const { authority, signer, genTime, notLaterThan, serialNumber } = token;
      const serial = serialNumber && this.pairText(fillWords(values.serialNumber, { number: serialNumber }));
      const parts = [authority ?? signer, serial, this.pairText(this.#timestampReason(token))];
      return {
        text:
          notLaterThan !== undefined
            ? this.#notLaterThan(notLaterThan)
            : genTime === undefined
              ? this.pairText(values.timestampUnread)
              : beijing(genTime),
        beside: parts.flatMap((part) => (part === undefined ? [] : [this.user(part)])).join("  ·  "),
      };
    });
    return [...shown, ...this.#timeNotices("timestamps").flatMap((words) => this.fixedPair(words))];
  }

  #timestampReason({ standing }: TimestampFacts): Words {
    const { values } = this.template.wording;
    switch (standing) {
      case "counted":
        return values.timestampCounts;
      case "counted-already":
        return values.timestampCountedAlready;
      case "undecided":
        return values.timestampUndecided;
      case "unknown":
        return values.timestampUnknown;
    }
  }

  #source(): Paragraph[] | undefined {
    const { source } = this.subject.evidence.statement;
    if (source === undefined) return undefined;
    const words = this.template.wording.values.source;
    const parts = (["system", "operator", "method", "tool"] as const).flatMap((name) => {
      const value = source[name];
      return value === undefined ? [] : [`${words[name][this.language]} ${this.user(value)}`];
    });
    return [{ text: parts.join(this.language === "zh" ? "；" : "; ") }];
  }

  #quorumRule(): readonly Paragraph[] {
    const { rule } = this.subject.report;
    return this.#fixedWords(`rule ${JSON.stringify(rule)}`, () => ruleWords(this.template.wording, rule));
  }

  #quorumResult(): readonly Paragraph[] {
    const { quorum, rule, isDepositorUnknown: isUnknown } = this.subject.report;
    const { excludeParties } = rule;
    const key = `result ${JSON.stringify([quorum.total, quorum.roles, isUnknown, excludeParties])}`;
    return this.#fixedWords(key, () =>
      outcomeWords(this.template.wording, { quorum, excludeParties, isUnknown }),
    );
  }

  #checks(): readonly Paragraph[] {
    const { report, evidence } = this.subject;
    const { checks } = report;
    // Nobody gives a record to whoever issues: where the service computed the digests that says nothing of them.
    const isReceived = evidence.statement.digestsBy === "service";
    const shown = isReceived ? checks.filter(({ name }) => name !== "record-digest") : checks;
    const results = shown.map(({ name, result }) => `${name} ${result}`);
    return this.#fixedWords(`checks ${results.join()}`, () => [checkWords(this.template.wording, shown)]);
  }

  #fixedWords(key: string, make: () => readonly Words[]): readonly Paragraph[] {
    return this.#fixed(key, () => make().map((words) => this.pair(words)));
  }
}

/** Beside which row of the times a notice stands. */
const SAID_BESIDE: Readonly<Record<string, readonly TimeNotice[]>> = {
  createdAt: ["created-long-before-received", "created-after-received"],
  sealedAt: ["received-long-before-sealed", "sealed-long-before-final"],
  finalAt: ["cosigner-time-apart"],
  timestamps: ["timestamp-apart", "timestamp-before-sealed"],
};

const isUsed = (report: ReportFacts, wanted: Algorithm): boolean =>
  report.cosigners.some(({ algorithm }) => algorithm === wanted);

/** After a node's kind: where nothing is said it is Ed25519. */
const NAMED_ALGORITHM: Readonly<Record<Algorithm, string>> = {
  ed25519: "",
  "ml-dsa-44": " · ML-DSA-44",
};
const hexOf = (base64: string): string => hex(bytesFromBase64(base64));
/** 103,239 */
function grouped(n: number): string {
  let digits = String(n);
  for (let at = digits.length - 3; at > 0; at -= 3) digits = `${digits.slice(0, at)},${digits.slice(at)}`;
  return digits;
}
