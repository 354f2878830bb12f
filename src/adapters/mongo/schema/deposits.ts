/**
 * Deposits: one document a group, and beside them what was said of chains. All are steps of one line, and each insert takes
 * the next one: the unique indexes make it lock, compare-and-swap and commit at once.
 */
import { bytes, declare, listOf, number, text, within } from "./declare.js";

export interface DepositRow {
  readonly seq: number;
  readonly id: string;
  readonly organisationId: string;
  readonly leafHash: Buffer;
  readonly receivedAtMs: number;
  readonly sealByMs: number;
  readonly chain?: { readonly id: string; readonly sequence: number };
  /** SHA-256 of the content, where it is kept. */
  readonly original?: Buffer;
  readonly statement: Buffer;
}

/** What was said of a chain from outside its deposits. The newest of each kind counts. */
export type ChainWord =
  | { readonly chainId: string; readonly kind: "held" | "forked" }
  | {
      readonly chainId: string;
      /** The last link as its depositor has shown it: the chain is held no more. */
      readonly kind: "shown";
      readonly organisationId: string;
      readonly sequence: number;
      readonly leafHash: Buffer;
      readonly shownAtMs: number;
    };

export interface StepRow {
  /** The first `seq` of a group; less than 0 of a word. */
  readonly _id: number;
  /** 1, 2, 3... without gaps over all documents, in order of commit. */
  readonly step: number;
  /** The newest `seq` there is after this step. */
  readonly lastSeq: number;
  /** By it whoever has inserted the document knows it again. */
  readonly token: string;
  readonly deposits?: readonly DepositRow[];
  readonly links?: readonly { readonly chainId: string; readonly sequence: number }[];
  /** `name` is organisation and key as a JSON array. */
  readonly keys?: readonly { readonly name: string; readonly fingerprint: Buffer; readonly seq: number }[];
  readonly word?: ChainWord;
}

export const deposits = declare(
  {
    ...{ _id: Number, step: number, lastSeq: number, token: text },
    deposits: listOf({
      ...{ seq: number, id: text, organisationId: text, leafHash: bytes },
      ...{ receivedAtMs: number, sealByMs: number, original: Buffer, statement: bytes },
      chain: within({ id: text, sequence: number }),
    }),
    links: listOf({ chainId: text, sequence: number }),
    keys: listOf({ name: text, fingerprint: bytes, seq: number }),
    word: within({
      ...{ chainId: text, kind: { ...text, enum: ["held", "forked", "shown"] } },
      ...{ organisationId: String, sequence: Number, leafHash: Buffer, shownAtMs: Number },
    }),
  },
  [
    [{ step: 1 }, { unique: true }],
    // Absent lists are in no sparse index. Within one document they hold nothing apart: the program does, before it inserts.
    [{ "deposits.id": 1 }, { unique: true, sparse: true }],
    [
      { "links.chainId": 1, "links.sequence": 1 },
      { unique: true, sparse: true },
    ],
    [{ "keys.name": 1 }, { unique: true, sparse: true }],
    [{ "links.chainId": 1, _id: -1 }],
    [{ "deposits.original": 1 }, { sparse: true }],
    [{ "word.chainId": 1, step: 1 }],
  ],
);
