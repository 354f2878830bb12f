/**
 * Whether a notary's store is whole and proves itself, in either database: what the database itself finds; every deposit's leaf
 * hash from its statement, and its place in its chain; every batch's root from its leaf hashes; the ledger's tiles and every
 * checkpoint from its entries; every signature of the log and of those who cosigned, under the trust file and what the ledger
 * has made of it; every time-stamp, certificate and artifact; every kept original. What somebody might have changed in it is
 * found so, but for what no signature covers: API keys, idempotency keys, names of organisations, when something was promised
 * or stored, and what a certificate says besides its evidence, which only drawing it again shows.
 */
import { hash } from "node:crypto";
import { printTrustFile } from "../../core/membership/change.js";
import type { Hash } from "../../core/merkle/hash.js";
import { type Consortium, parseConsortium } from "../../core/trust/consortium.js";
import type { ReadOriginal, StoreReader } from "../../notary/ports/whole/rows.js";
import { readHistory } from "../../notary/trust/trust-in-force.js";
import { VERIFIERS } from "../../platform/keys/verifiers.js";
import { checkCertificates, checkOriginals } from "./check-certificates.js";
import { checkDeposits } from "./check-deposits.js";
import { checkFinality } from "./check-finality.js";
import { checkLedger } from "./check-ledger.js";
import type { Checking, Finding } from "./finding.js";

export interface StoreContents {
  readonly origin: string;
  readonly treeSize: number;
  readonly rootHash: Hash;
  readonly deposits: number;
  /** Of the newest deposit. */
  readonly lastReceivedAtMs?: number;
}

export interface StoreCheck {
  readonly trustFile: Uint8Array;
  /** Absent: originals are somebody else's to look at. */
  readonly readOriginal?: ReadOriginal;
  /** SHA-256 in hexadecimal of originals that are known to be lost. */
  readonly withoutOriginals?: readonly string[];
  /** Told now and then: how many of something are checked, and of how many, where that is known. */
  readonly onProgress: (what: string, done: number, of: number) => void;
}

/** Gives what the store holds, where its database is whole enough to be read. */
export async function* checkStore(
  store: StoreReader,
  { trustFile, readOriginal, withoutOriginals = [], onProgress }: StoreCheck,
): AsyncGenerator<Finding, StoreContents | undefined> {
  let isDamaged = false;
  for await (const flaw of store.flaws()) {
    isDamaged ||= flaw.code === "store-damaged";
    yield flaw;
  }
  // What is read of such a file is anything, or nothing.
  if (isDamaged) return undefined;
  const ever = await trustOf(store, trustFile);
  const checking: Checking = {
    ...{ store, trusted: ever.at(-1) as Consortium, ever, tell: onProgress },
    hashOnce: (bytes) => hash("sha256", bytes, "buffer"),
  };
  const { lastReceivedAtMs } = yield* checkDeposits(checking);
  const { treeSize, rootHash } = yield* checkLedger(checking);
  yield* checkFinality(checking);
  yield* checkCertificates(checking);
  if (readOriginal !== undefined) yield* checkOriginals(checking, readOriginal, new Set(withoutOriginals));
  return {
    ...{ origin: checking.trusted.log.origin, treeSize, rootHash, deposits: store.lastSeq },
    ...(lastReceivedAtMs !== undefined && { lastReceivedAtMs }),
  };
}

/** So many findings are told where the first would do. */
const TOLD = 5;

/** As `checkStore`; throws with what is wrong. */
export async function refuseFindings(store: StoreReader, check: StoreCheck): Promise<StoreContents> {
  const findings: Finding[] = [];
  const checking = checkStore(store, check);
  for (;;) {
    const { value, done } = await checking.next();
    if (done === true && findings.length === 0 && value !== undefined) return value;
    if (done !== true) findings.push(value);
    if (done === true || findings.length === TOLD)
      throw new Error(`the store does not prove itself: ${findings.map(({ what }) => what).join("; ")}`);
  }
}

/** Each that the ledger has had, the one in force last: a key that it has retired since signs no newer checkpoint. */
async function trustOf(store: StoreReader, trustFile: Uint8Array): Promise<Consortium[]> {
  const { start, present, happened } = await readHistory({ store, ...VERIFIERS }, trustFile);
  const later = happened.flatMap(({ applied }) => (applied ? [applied.after] : []));
  return [
    parseConsortium(trustFile),
    ...later.map((file) => parseConsortium(printTrustFile(file))),
    ...(present === start ? [parseConsortium(trustFile)] : []),
  ];
}
