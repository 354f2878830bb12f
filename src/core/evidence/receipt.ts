/**
 * Receipts: "we have stored this statement, and it will be sealed by then", signed by the notary at once.
 * A C2SP signed note of five lines; docs/evidence-format.md, "Receipt".
 */
import { abbreviate, base64 } from "../bytes.js";
import { ParseError } from "../errors.js";
import { parseNote } from "../ledger/note.js";
import { openNote } from "../ledger/open-note.js";
import { hashFromLine } from "../ledger/proof-lines.js";
import type { Verifiers } from "../ledger/verifiers.js";
import type { VerifierKey } from "../ledger/vkey.js";
import type { Hash } from "../merkle/hash.js";
import { isUlid } from "../record/id.js";
import { parseTime } from "../record/time.js";

export interface Receipt {
  /** This is the origin of the log on which the statement's batch is to appear. */
  readonly origin: string;
  /** This is the statement's id. */
  readonly id: string;
  /** This is the statement's leaf hash. */
  readonly leafHash: Hash;
  /** This is the latest `sealedAt` that the batch may have, spelled as in a statement. */
  readonly sealBy: string;
}

const HEADER = "cunzheng/receipt@v1";
const SEAL_BY = "seal by ";

/**
 * Opens a receipt; `vkeys` are the trust file's receipt keys. Throws as `parseNote`, `openNote` and
 * `parseReceiptText`.
 */
export function openReceipt(
  note: string | Uint8Array,
  vkeys: readonly VerifierKey[],
  verifiers?: Verifiers,
): Receipt {
  const parsed = parseNote(note);
  openNote(parsed, vkeys, verifiers);
  return parseReceiptText(parsed.text);
}

/** Reads a receipt from a note's text. Throws `receipt-malformed`. */
export function parseReceiptText(text: string): Receipt {
  const lines = text.split("\n", 7);
  // Five lines that end in a newline: the sixth piece is what follows the last one.
  if (lines.length !== 6 || lines[5] !== "")
    throw malformed(undefined, lines.length === 7 ? "more lines" : `${lines.length - 1} lines`, "five lines");
  const [header, origin, id, leaf, seal] = lines as [string, string, string, string, string, string];
  if (header !== HEADER) throw malformed(1, header, HEADER);
  if (origin === "") throw malformed(2, origin, "the log's origin");
  if (!isUlid(id)) throw malformed(3, id, "a ULID in upper case");
  const leafHash = hashFromLine(leaf);
  if (leafHash === undefined) throw malformed(4, leaf, "the base64 of 32 bytes");
  const sealBy = seal.slice(SEAL_BY.length);
  if (!seal.startsWith(SEAL_BY) || !isTime(sealBy))
    throw malformed(5, seal, "seal by 2026-11-24T08:00:00.000Z");
  return { origin, id, leafHash, sealBy };
}

export function encodeReceiptText({ origin, id, leafHash, sealBy }: Receipt): string {
  return `${HEADER}\n${origin}\n${id}\n${base64(leafHash)}\n${SEAL_BY}${sealBy}\n`;
}

function isTime(text: string): boolean {
  try {
    parseTime(text);
    return true;
  } catch {
    return false;
  }
}

function malformed(line: number | undefined, got: string, want: string): ParseError {
  return new ParseError("receipt-malformed", "not a receipt", {
    got: abbreviate(got),
    want,
    ...(line !== undefined && { field: `line ${line}` }),
  });
}
