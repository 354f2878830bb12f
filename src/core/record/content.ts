/**
 * "This is the record that the statement describes": size, SHA-256 and, where the statement has one, SM3 all fit.
 * FORMAT-RULES: with `canonicalization` the record's RFC 8785 bytes are compared, without it its exact bytes.
 */
import { base64, equalBytes } from "../bytes.js";
import type { CreateDigester, DigestName } from "../digest/digester.js";
import { coreDigester, digestContent, type MeasuredContent, parseDigests } from "../digest/digests.js";
import { VerificationError } from "../errors.js";
import { canonicalJson } from "./canonical.js";
import { canonicalText } from "./canonical-text.js";
import { type JsonValue, RECORD_BOUNDS, refuseTooLarge, tooLarge } from "./json.js";
import type { Statement } from "./statement.js";

/** These members of a statement decide whether a record is the one that it describes. */
export type DescribedContent = Pick<Statement, "digests" | "size" | "canonicalization">;

/**
 * Checks that `record` is the one described. Throws `VerificationError` where it is not, or `ParseError` where a
 * record that was digested as JSON isn't strict JSON.
 */
export function verifyRecord(
  statement: DescribedContent,
  record: Uint8Array,
  create: CreateDigester = coreDigester,
): MeasuredContent {
  const content = statement.canonicalization === undefined ? record : canonicalRecord(record);
  const measured = digestContent(content, create);
  compare(statement, measured);
  return measured;
}

/** A measured record is one of any size that somebody else has read, piece by piece. */
export interface MeasuredRecord {
  /** The record's size in bytes. */
  readonly size: number;
  /** The digests may be absent where the size is not the statement's: then nobody need read the record. */
  readonly digests?: MeasuredContent["digests"];
}

/**
 * Checks a measured record as `verifyRecord` does one in memory. Throws `file-too-large` for a record that was
 * digested as JSON, which is read as a whole.
 */
export function verifyMeasuredRecord(
  statement: DescribedContent,
  { size, digests }: MeasuredRecord,
): MeasuredContent {
  if (statement.canonicalization !== undefined) throw tooLarge(size, RECORD_BOUNDS.bytes);
  if (size !== statement.size) throw anotherSize(statement, size);
  if (digests === undefined) throw new Error("internal: a record of the statement's size was not digested");
  compare(statement, { size, digests });
  return { size, digests };
}

/** Gives the bytes that are digested of a record sent as a JSON value. Throws `ParseError`. */
export function canonicalRecord(record: Uint8Array): Uint8Array {
  return canonicalText(record, { numbers: "exact" });
}

/**
 * Gives the same bytes of a record that was read already. Throws `file-too-large`: spelled anew a record may be
 * larger than it came, and what is deposited must be one that verifies.
 */
export function canonicalRecordOf(value: JsonValue): Uint8Array {
  const record = canonicalJson(value);
  refuseTooLarge(record, RECORD_BOUNDS.bytes);
  return record;
}

const anotherSize = (statement: DescribedContent, size: number): VerificationError =>
  new VerificationError("record-size", "the record is of another size", {
    field: "/size",
    got: `${size} bytes`,
    want: `${statement.size} bytes`,
  });

function compare(statement: DescribedContent, { digests, size }: MeasuredContent): void {
  if (size !== statement.size) throw anotherSize(statement, size);
  const expected = parseDigests(statement.digests, "/digests");
  const compareDigest = (name: DigestName, code: "record-sha-256" | "record-sm3") => {
    const want = expected[name];
    if (want !== undefined && !equalBytes(digests[name], want))
      throw new VerificationError(code, `the record has another ${name} digest`, {
        field: `/digests/${name}`,
        got: base64(digests[name]),
        want: base64(want),
      });
  };
  compareDigest("sha-256", "record-sha-256");
  compareDigest("sm3", "record-sm3");
}
