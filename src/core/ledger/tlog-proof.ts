/**
 * Proofs on paper: "this entry stands in the log of this checkpoint", in one text that other people's tools read.
 * C2SP tlog-proof. Nothing is verified here: open the checkpoint, then `verifyInclusion`.
 */
import { abbreviate, base64, bytesFromBase64, decimal } from "../bytes.js";
import { ParseError } from "../errors.js";
import { type Hash, MAX_PROOF_HASHES } from "../merkle/hash.js";
import { isTooLong } from "./vkey.js";
import { hashesFromLines, linesFromHashes, splitProof } from "./proof-lines.js";

export interface TlogProof {
  /** This is the index of the entry in the log. */
  readonly index: number;
  /** The path holds sibling hashes, from the leaf's own sibling up to a child of the root. */
  readonly path: readonly Hash[];
  /** This is the signed note, verbatim, with all its signature lines. */
  readonly checkpoint: string;
  /** Extra data is never authenticated. */
  readonly extra?: Uint8Array;
}

/** SPEC: "The first line MUST be the string `c2sp.org/tlog-proof@v1`." */
const HEADER = "c2sp.org/tlog-proof@v1";

/** Reads a tlog-proof. Throws `proof-malformed`. The checkpoint is left as it stands: `parseNote` judges it. */
export function parseTlogProof(text: string): TlogProof {
  const { lines, checkpoint } = splitProof(text, "proof-malformed");
  const [header, second = ""] = lines;
  if (header !== HEADER) throw malformed(1, header, HEADER);
  const extra = second.startsWith("extra ") ? extraFromLine(second) : undefined;
  const indexAt = extra === undefined ? 1 : 2;
  const index = indexFromLine(lines[indexAt], indexAt + 1);
  const hashes = lines.slice(indexAt + 1);
  if (hashes.length > MAX_PROOF_HASHES)
    throw malformed(indexAt + 2, `${hashes.length} hashes or more`, `at most ${MAX_PROOF_HASHES} hashes`);
  const path = hashesFromLines(hashes, indexAt + 2, "proof-malformed");
  return { index, path, checkpoint, ...(extra !== undefined && { extra }) };
}

export function encodeTlogProof({ index, path, checkpoint, extra }: TlogProof): string {
  const extraLine = extra === undefined ? "" : `extra ${base64(extra)}\n`;
  return `${HEADER}\n${extraLine}index ${index}\n${linesFromHashes(path)}\n${checkpoint}`;
}

/** SPEC: "If no extra data is present, this line is omitted.": an empty one would be a second spelling. */
function extraFromLine(line: string): Uint8Array {
  const want = "extra and at least one byte in base64, in a line of at most 8192 bytes";
  if (isTooLong(line)) throw malformed(2, line, want);
  try {
    const extra = bytesFromBase64(line.slice("extra ".length));
    if (extra.length > 0) return extra;
  } catch {
    // Not base64 at all: the same answer.
  }
  throw malformed(2, line, want);
}

/** SPEC: "represented as an ASCII decimal with no leading zeroes (unless the index is `0`)". */
function indexFromLine(line: string | undefined, lineNumber: number): number {
  const index = line?.startsWith("index ") ? decimal(line.slice("index ".length)) : undefined;
  if (index === undefined) throw malformed(lineNumber, line, "index and a decimal below 2^53");
  return index;
}

function malformed(lineNumber: number, got: string | undefined, want: string): ParseError {
  return new ParseError("proof-malformed", "not a tlog-proof", {
    field: `line ${lineNumber}`,
    got: got === undefined ? "no such line" : abbreviate(got),
    want,
  });
}
