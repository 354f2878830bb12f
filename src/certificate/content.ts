/**
 * What a certificate says, before anything is drawn: each row from the evidence's own fields and from the report of
 * the one verifier, in both languages. Nothing is printed that those two do not hold.
 */
import { bytesFromBase64, hex } from "../core/bytes.js";
import { type Evidence } from "../core/evidence/evidence.js";
import { type SignatureAlgorithm } from "../core/ledger/verifiers.js";
import { formatTime, parseTime } from "../core/record/time.js";
import { type Report } from "../core/verify/report.js";
import { type Consortium, quorumAt, type QuorumRule } from "../core/witness/consortium.js";
import { demandedAlgorithms } from "../core/witness/signature-demand.js";
import { fill, type Language, type RowId, type Template, type Words } from "./template.js";
import { visibleText } from "./visible-text.js";

export interface CertificateSubject {
  readonly evidence: Evidence;
  readonly report: Report;
  readonly consortium: Consortium;
  readonly issuedAt: string;
  readonly language: Language;
  readonly templateDigest: string;
  readonly consortiumDigest: string;
}

/** A paragraph of a cell. `beside`: the other language's, smaller, after it or below. */
export interface Paragraph {
  readonly text: string;
  readonly isMono?: boolean;
  readonly beside?: string;
}

export interface FieldRow {
  readonly label: Words;
  readonly value: readonly Paragraph[];
}

export interface CosignerRow {
  readonly organisation: Paragraph;
  readonly role: Paragraph;
  readonly node: Paragraph;
  readonly time: readonly Paragraph[];
  readonly counted: Paragraph;
  readonly isCounted: boolean;
}

export class CertificateContent {
  readonly subject: CertificateSubject;
  readonly template: Template;
  readonly language: Language;
  readonly other: Language;

  constructor(subject: CertificateSubject, template: Template) {
    this.subject = subject;
    this.template = template;
    this.language = subject.language;
    this.other = subject.language === "zh" ? "en" : "zh";
  }

  /** Undefined where the evidence has nothing to say under this label. */
  row(id: RowId): FieldRow | undefined {
    const value = this.#value(id);
    return value === undefined ? undefined : { label: this.template.wording.labels[id], value };
  }

  statement(): Words {
    const { wording } = this.template;
    const { report } = this.subject;
    const words = this.#quorum().excludeParties ? wording.statement : wording.statementDepositorCounts;
    const counted = report.quorum?.total.got ?? 0;
    const finalAt = report.times?.finalAt;
    if (finalAt === undefined) throw new Error("internal: a certificate of evidence that is not final");
    return this.#filled(words, { finalAt: beijing(finalAt, "second").slice(0, 19), counted });
  }

  waysToVerify(): Words[] {
    const isCanonical = this.subject.evidence.statement.canonicalization !== undefined;
    return this.template.wording.verify.map((words) => (isCanonical && words.canonical) || words);
  }

  service(): Words {
    const { organisations, log } = this.subject.consortium;
    const name = organisations.find(({ id }) => id === log.organisation)?.name;
    return name ? { zh: this.user(name.zh), en: this.user(name.en) } : this.template.wording.service;
  }

  cosigners(): CosignerRow[] {
    const { roles, kinds, reasons } = this.template.wording;
    const names = new Map(this.subject.consortium.organisations.map(({ id, name }) => [id, name]));
    return this.subject.report.cosigners.map((cosigner) => {
      const name = names.get(cosigner.organisation);
      const time = beijing(formatTime(cosigner.timeSeconds * 1000), "second");
      return {
        organisation: name
          ? this.pair({ zh: this.user(name.zh), en: this.user(name.en) })
          : { text: this.user(cosigner.organisation) },
        role: this.pair(roles[cosigner.role]),
        node: {
          text: this.user(cosigner.name),
          beside: this.pairText(kinds[cosigner.kind]) + NAMED_ALGORITHM[cosigner.algorithm],
        },
        time: [{ text: time.slice(0, 19) }],
        counted: this.pair(reasons[cosigner.reason]),
        isCounted: cosigner.counted,
      };
    });
  }

  /** Both languages, this certificate's first. */
  pair(words: Words): Paragraph {
    return { text: words[this.language], beside: words[this.other] };
  }

  pairText(words: Words): string {
    return `${words[this.language]} ${words[this.other]}`;
  }

  user(text: string): string {
    const { faces, wording } = this.template;
    return visibleText(text, faces.regular.has, (length) =>
      fill(wording.values.truncated[this.language], { length }),
    );
  }

  #filled(words: Words, values: Readonly<Record<string, string | number>>): Words {
    return { zh: fill(words.zh, values), en: fill(words.en, values) };
  }

  #value(id: RowId): readonly Paragraph[] | undefined {
    const { evidence, report, issuedAt, templateDigest, consortiumDigest } = this.subject;
    const { statement, batch, inclusion } = evidence;
    const { values, recordTypes } = this.template.wording;
    const mono = (text: string): Paragraph[] => [{ text, isMono: true }];
    const user = (text: string | undefined): Paragraph[] | undefined =>
      text === undefined ? undefined : [{ text: this.user(text) }];
    const checkpoint = report.subject?.checkpoint;
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
          ...(statement.canonicalization ? [{ text: "", beside: this.pairText(values.canonical) }] : []),
        ];
      }
      case "sha256":
        return mono(hexOf(statement.digests["sha-256"]));
      case "sm3":
        return statement.digests.sm3 === undefined
          ? [this.pair(values.notComputed)]
          : mono(hexOf(statement.digests.sm3));
      case "chain": {
        if (statement.chain === undefined) return undefined;
        const { id: chainId, sequence } = statement.chain;
        const place = this.pairText(this.#filled(values.chainPlace, { sequence }));
        return [{ text: chainId, isMono: true, beside: place }];
      }
      case "createdAt":
        return statement.createdAt === undefined
          ? [this.pair(values.notStated)]
          : this.#time(statement.createdAt, "createdAt");
      case "receivedAt":
        return this.#time(statement.receivedAt, "receivedAt");
      case "sealedAt":
        return this.#time(batch.sealedAt, "sealedAt");
      case "finalAt":
        return report.times?.finalAt === undefined
          ? undefined
          : this.#time(report.times.finalAt, "finalAt", "second");
      case "issuedAt":
        return this.#time(issuedAt, "issuedAt");
      case "leafHash":
        return report.subject && mono(hexOf(report.subject.leafHash));
      case "previous":
        return statement.chain?.previous === undefined ? undefined : mono(hexOf(statement.chain.previous));
      case "batch":
        return mono(batch.id);
      case "batchRoot":
        return mono(hexOf(batch.root));
      case "leaf":
        return [this.pair(this.#filled(values.leafPlace, { index: inclusion.leafIndex, size: batch.size }))];
      case "origin":
        return checkpoint && [{ text: this.user(checkpoint.origin) }];
      case "entry":
        return (
          checkpoint && [
            this.pair(
              this.#filled(values.entryPlace, {
                index: report.subject?.ledgerIndex ?? 0,
                size: checkpoint.treeSize,
              }),
            ),
          ]
        );
      case "checkpointRoot":
        return checkpoint && mono(hexOf(checkpoint.rootHash));
      case "quorumRule":
        return this.#quorumRule();
      case "quorumResult":
        return this.#quorumResult();
      case "checks":
        return this.#checks();
      case "trustFile":
        return mono(hexOf(consortiumDigest));
      case "algorithms":
        return this.template.wording.algorithms
          .filter(({ onlyWhere }) => onlyWhere === undefined || isUsed(report, onlyWhere))
          .map(({ name, oid, use }) => ({ text: `${name}  ${oid}`, beside: this.pairText(use) }));
      case "software":
        return user(batch.state.software);
      case "config":
        return mono(hexOf(batch.state.config));
      case "clockOffset": {
        const offset = batch.state.clockOffsetMs;
        return [
          this.pair(offset === null ? values.clockUnknown : this.#filled(values.clockOffset, { offset })),
        ];
      }
      case "template":
        return mono(hexOf(templateDigest));
    }
    throw new Error(`internal: the layout asks for a row ${String(id)}`);
  }

  #time(
    time: string,
    note: keyof Template["wording"]["values"]["timeNotes"],
    precision?: "second",
  ): Paragraph[] {
    return [
      { text: beijing(time, precision), beside: this.pairText(this.template.wording.values.timeNotes[note]) },
    ];
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

  /** The rule for the checkpoint that the evidence proves against. */
  #quorum(): QuorumRule {
    const { report, consortium } = this.subject;
    return quorumAt(consortium, report.subject?.checkpoint.treeSize ?? Infinity);
  }

  #quorumRule(): Paragraph[] {
    const { values } = this.template.wording;
    const { total, roles, excludeParties, signatures } = this.#quorum();
    const algorithms = {
      zh: demandedAlgorithms(signatures).map(nameOfAlgorithm).join(" 与 "),
      en: demandedAlgorithms(signatures).map(nameOfAlgorithm).join(" and "),
    };
    const list = this.#list(
      roles.map(({ role, count }) => ({ role, count })),
      "quorumRole",
    );
    const inRoles = {
      zh: list.zh && fill(values.quorumRoles.zh, { list: list.zh }),
      en: list.en && fill(values.quorumRoles.en, { list: list.en }),
    };
    return [
      this.pair({
        zh: fill(values.quorumRule.zh, { total, roles: inRoles.zh }),
        en: fill(values.quorumRule.en, { total, roles: inRoles.en }),
      }),
      this.pair(excludeParties ? values.excludeParties : values.operatorOnly),
      ...(signatures === "any"
        ? []
        : [
            this.pair({
              zh: fill(values.signatures.zh, { algorithms: algorithms.zh }),
              en: fill(values.signatures.en, { algorithms: algorithms.en }),
            }),
          ]),
    ];
  }

  #quorumResult(): Paragraph[] | undefined {
    const { report } = this.subject;
    const { values } = this.template.wording;
    if (report.quorum === undefined) return undefined;
    const { total, roles } = report.quorum;
    const list = this.#list(
      roles.map(({ role, got }) => ({ role, count: got })),
      "gotRole",
    );
    const words = this.#quorum().excludeParties ? values.quorumHolds : values.quorumHoldsDepositorCounts;
    const isUnknown = report.notices.some(({ code }) => code === "depositor-not-in-consortium");
    return [
      this.pair({
        zh: fill(words.zh, { got: total.got, roles: list.zh && `（${list.zh}）` }),
        en: fill(words.en, { got: total.got, roles: list.en && ` (${list.en})` }),
      }),
      ...(isUnknown ? [this.pair(values.depositorUnknown)] : []),
    ];
  }

  #list(
    items: readonly { role: keyof Template["wording"]["roles"]; count: number }[],
    as: "quorumRole" | "gotRole",
  ): Words {
    const { roles, values } = this.template.wording;
    const listIn = (language: Language, separator: string) =>
      items
        .map(({ role, count }) => fill(values[as][language], { role: roles[role][language], count }))
        .join(separator);
    return { zh: listIn("zh", "、"), en: listIn("en", ", ") };
  }

  #checks(): Paragraph[] {
    const { checks, results, values } = this.template.wording;
    const listIn = (language: Language, separator: string) =>
      this.subject.report.checks
        .flatMap(({ name, result }) =>
          name === "certificate" || result === "failed"
            ? []
            : [
                fill(values.check[language], {
                  check: checks[name][language],
                  result: results[result][language],
                }),
              ],
        )
        .join(separator);
    return [this.pair({ zh: listIn("zh", "；"), en: listIn("en", "; ") })];
  }
}

const isUsed = (report: Report, wanted: SignatureAlgorithm): boolean =>
  report.cosigners.some(({ algorithm }) => algorithm === wanted);

/** After a node's kind: where nothing is said it is Ed25519. */
const NAMED_ALGORITHM: Readonly<Record<SignatureAlgorithm, string>> = {
  ed25519: "",
  "ml-dsa-44": " · ML-DSA-44",
};
const nameOfAlgorithm = (algorithm: SignatureAlgorithm): string =>
  algorithm === "ed25519" ? "Ed25519" : "ML-DSA-44";

const hexOf = (base64: string): string => hex(bytesFromBase64(base64));
const grouped = (n: number): string => String(n).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");

const BEIJING_MS = 8 * 3_600_000;

/** RFC 3339 UTC as Beijing time with its zone; a time too late to be shifted stays in UTC, and says so. */
export function beijing(time: string, precision: "second" | "millisecond" = "millisecond"): string {
  const spelled = (text: string, zone: string) =>
    `${text.slice(0, 10)} ${text.slice(11, precision === "second" ? 19 : 23)} ${zone}`;
  const timeMs = parseTime(time);
  return timeMs > LAST_MS - BEIJING_MS
    ? spelled(time, "UTC")
    : spelled(formatTime(timeMs + BEIJING_MS), "UTC+08:00");
}
const LAST_MS = parseTime("9999-12-31T23:59:59.999Z");
