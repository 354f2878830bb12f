/**
 * Every row of one store brought to another, in order. What is there is compared and not written again, so that a copy which was
 * cut off goes on where it was; a row that the other store has otherwise, or has more, is no copy of this one.
 */
import {
  ROW_KINDS,
  type RowKind,
  type StoreReader,
  type StoreRows,
  type StoreWriter,
} from "../../notary/ports/whole/rows.js";

/** So many rows, of so many bytes about, are one step: no document of MongoDB has more than 16 MB. */
const ROWS_A_STEP = 512;
const BYTES_A_STEP = 4_000_000;

type Tell = (what: string, done: number, of: number) => void;

/** How many rows there are, and how many of them were written now. */
export interface Copied {
  readonly rows: number;
  readonly written: number;
}

export async function copyRows(from: StoreReader, to: StoreWriter, tell: Tell): Promise<Copied> {
  let [rows, written] = [0, 0];
  for (const kind of ROW_KINDS) {
    const copied = await eachKind(kind, { from, to, tell, append: (batch) => to.append(kind, batch) });
    [rows, written] = [rows + copied.rows, written + copied.written];
  }
  return { rows, written };
}

/** Throws unless both stores have the same rows. */
export async function compareRows(from: StoreReader, to: StoreReader, tell: Tell): Promise<number> {
  let rows = 0;
  for (const kind of ROW_KINDS) {
    const append = () => Promise.reject(new Error(`the copy lacks ${kind}`));
    rows += (await eachKind(kind, { from, to, tell, append })).rows;
  }
  return rows;
}

interface Ends<Kind extends RowKind> {
  readonly from: StoreReader;
  readonly to: StoreReader;
  readonly tell: Tell;
  readonly append: (rows: readonly StoreRows[Kind][]) => Promise<void>;
}

async function eachKind<Kind extends RowKind>(
  kind: Kind,
  { from, to, tell, append }: Ends<Kind>,
): Promise<Copied> {
  const there = to.rows(kind)[Symbol.asyncIterator]();
  const of = await from.count(kind);
  let [rows, written, isAtEnd] = [0, 0, false];
  let [step, bytes]: [StoreRows[Kind][], number] = [[], 0];
  const flush = async () => {
    if (step.length > 0) await append(step);
    written += step.length;
    [step, bytes] = [[], 0];
  };
  for await (const row of from.rows(kind)) {
    if (!isAtEnd) {
      const { value, done } = await there.next();
      isAtEnd = done === true;
      if (done !== true && !isSame(row, value))
        throw new Error(`row ${rows + 1} of ${kind} is another in the copy`);
    }
    if (isAtEnd) {
      const size = sizeOf(row);
      if (step.length === ROWS_A_STEP || (step.length > 0 && bytes + size > BYTES_A_STEP)) await flush();
      step.push(row);
      bytes += size;
    }
    rows += 1;
    if (rows % ROWS_A_STEP === 0) tell(kind, rows, of);
  }
  await flush();
  if (!isAtEnd && (await there.next()).done !== true)
    throw new Error(`the copy has more ${kind} than the ${rows} there are`);
  return { rows, written };
}

/** Members that are absent and members without a value are the same. */
function isSame(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((name) =>
    isSame(one[name], other[name]),
  );
}

/** In bytes, about. */
function sizeOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.length + 16;
  if (typeof value === "string") return value.length + 16;
  if (typeof value !== "object" || value === null) return 16;
  return Object.values(value).reduce<number>((sum, one) => sum + sizeOf(one), 32);
}
