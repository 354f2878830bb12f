/**
 * From a trust file of one's own along the ledger, as several sources have it: the largest checkpoint whose quorum holds,
 * under the trust file as the history up to there makes it, and what becomes of every other. A source that is behind
 * rolls nothing back, one that lies spoils nothing; where two that contradict each other both hold, neither is believed.
 */
import { equalBytes } from "../../../core/bytes.js";
import { TILE_WIDTH } from "../../../core/ledger/tile.js";
import type { Verifiers } from "../../../core/ledger/verifiers.js";
import { type CountedCheckpoint, countCheckpoint } from "../../../core/membership/count-checkpoint.js";
import { beginHistory, continueHistory, type History } from "../../../core/membership/history.js";
import type { TrustFile } from "../../../core/trust/trust-file.js";
import { misconductOf } from "./contradiction.js";
import { problemText } from "../../text/problem-text.js";
import { askSources, type Candidate, type Source, type Sources } from "./sources.js";

export interface FollowQuestion {
  readonly start: TrustFile;
  readonly sources: readonly Source[];
  /** The entries before this index were read at another time. */
  readonly since: number;
  readonly verifiers: Verifiers;
  readonly monotonicMs: () => number;
  readonly tell: (read: number, treeSize: number) => void;
}

/** A reading is all entries up to a checkpoint, and who cosigned that, under the trust file that came out. */
export interface Reading {
  readonly candidate: Candidate;
  readonly history: History;
  readonly counted: CountedCheckpoint;
}

/**
 * `current`: it has the checkpoint that was taken. `behind`, `ahead`: its tree is smaller, or larger and not cosigned by the
 * quorum; one begins with the other. `contradicts`: neither does. `unproved`: no checkpoint was taken. `unreadable`: what it
 * serves does not stand under its checkpoint. `silent`: it has no checkpoint of this ledger.
 */
export type SourceState =
  "current" | "behind" | "ahead" | "contradicts" | "unproved" | "unreadable" | "silent";

export interface SourceReport {
  readonly from: string;
  readonly state: SourceState;
  readonly treeSize?: number;
  readonly problem?: string;
  /** The lines of these known keys in the checkpoint that it has do not verify. */
  readonly invalid: readonly string[];
}

export interface FollowedLedger {
  /** `contradicted`: two checkpoints that can't both be true hold a quorum each, and nothing is taken. */
  readonly outcome: "proved" | "unproved" | "contradicted";
  /** This reading was taken; where none was, it is the one that came furthest, which proves nothing. */
  readonly reading?: Reading;
  /** Entries before this index were not read this time, as it was asked. */
  readonly since: number;
  /** The quorum has cosigned a larger checkpoint that no source lets be read: what is known may be old. */
  readonly isOutrun: boolean;
  /** A larger tree, which the quorum has not cosigned, holds so many approved changes: they are not in force yet. */
  readonly pending: number;
  readonly sources: readonly SourceReport[];
  /** This file convicts whoever signed two checkpoints that contradict each other. */
  readonly misconduct?: Uint8Array;
}

/** So long a checkpoint that may yet prove to be larger and cosigned is read on, once there is one that holds. */
const PATIENCE_MS = 600_000;
/** So long it is read on where nothing but its source's word speaks for it: no known key has signed it. */
const STRANGERS_PATIENCE_MS = 30_000;

export async function followLedger(question: FollowQuestion): Promise<FollowedLedger> {
  const { start, sources: given } = question;
  const sources = await askSources(given, { origin: start.log.origin, monotonicMs: question.monotonicMs });
  const reader = createReader(question, sources);
  const taken = await takeLargest(question, sources, reader);
  const known = taken?.history.present ?? start;
  const holdsKnown = (candidate: Candidate) =>
    [start, known].some((file) => countCheckpoint(file, candidate, question.verifiers).holds);

  let [isContradicted, isOutrun, pending] = [false, false, 0];
  let misconduct: Uint8Array | undefined;
  const states = new Map<Candidate, SourceState>();
  for (const candidate of sources.candidates) {
    const relation = taken ? await relationOf(candidate, taken.candidate, sources) : "unproved";
    const isUnread = relation === "unreadable" || reader.problemOf(candidate) !== undefined;
    states.set(candidate, isUnread && relation !== "contradicts" ? "unreadable" : relation);
    if (taken === undefined) continue;
    const isLarger = candidate.checkpoint.treeSize > taken.candidate.checkpoint.treeSize;
    isOutrun ||= isUnread && isLarger && holdsKnown(candidate);
    if (relation === "ahead")
      pending = Math.max(pending, appliedIn(await reader.read(candidate)) - appliedIn(taken));
    if (relation !== "contradicts") continue;
    const other = await reader.read(candidate, PATIENCE_MS);
    const isHeld = other?.counted.holds ?? holdsKnown(candidate);
    // Of several the file tells of two that both hold, where there are such: it convicts most.
    if (misconduct === undefined || (isHeld && !isContradicted)) {
      const trustFiles = [start, known];
      const pair = [candidate, taken.candidate] as const;
      misconduct = (await misconductOf(pair, { ...question, trustFiles, sources })) ?? misconduct;
    }
    isContradicted ||= isHeld;
  }
  const reading = taken ?? reader.furthest();
  return {
    outcome: isContradicted ? "contradicted" : taken ? "proved" : "unproved",
    ...(reading && { reading }),
    since: question.since,
    isOutrun,
    pending,
    sources: given.map((source) =>
      reportOf(source, { sources, states, known, problemOf: reader.problemOf, question }),
    ),
    ...(misconduct && { misconduct }),
  };
}

const appliedIn = (reading: Reading | undefined): number =>
  reading?.history.happened.filter(({ applied }) => applied !== undefined).length ?? 0;

interface Reader {
  /** Undefined where no source proves it, or `patienceMs` are over. Each candidate is read once. */
  read(candidate: Candidate, patienceMs?: number): Promise<Reading | undefined>;
  problemOf(candidate: Candidate): string | undefined;
  furthest(): Reading | undefined;
}

/** So many entries at a time are told of. */
const PROGRESS = 25_600;

function createReader(
  { start, since, verifiers, monotonicMs, tell }: FollowQuestion,
  sources: Sources,
): Reader {
  const readings = new Map<Candidate, Reading>();
  const problems = new Map<Candidate, string>();
  const bySize = () =>
    [...readings.values()].sort((a, b) => b.candidate.checkpoint.treeSize - a.candidate.checkpoint.treeSize);

  /** The largest tree read so far with which this one begins: its entries need not be read twice. */
  async function readAlready(candidate: Candidate): Promise<Reading | undefined> {
    for (const reading of bySize())
      if (reading.candidate.checkpoint.treeSize < candidate.checkpoint.treeSize)
        if (await isBeginning(reading.candidate, candidate, sources)) return reading;
    return undefined;
  }

  async function readOn(candidate: Candidate, patienceMs: number): Promise<Reading> {
    const before = await readAlready(candidate);
    const { treeSize } = candidate.checkpoint;
    const until = monotonicMs() + patienceMs;
    let history = before?.history ?? beginHistory(start);
    const first = Math.max(since, before?.candidate.checkpoint.treeSize ?? 0);
    for await (const entry of sources.entries(candidate, first)) {
      history = continueHistory(history, entry, verifiers);
      if ((entry.index + 1) % PROGRESS === 0) tell(entry.index + 1, treeSize);
      if ((entry.index + 1) % TILE_WIDTH === 0 && monotonicMs() > until)
        throw new Error(`not read to its end: ${entry.index + 1} of ${treeSize} entries in ${patienceMs} ms`);
    }
    return { candidate, history, counted: countCheckpoint(history.present, candidate, verifiers) };
  }

  return {
    read: async (candidate, patienceMs = Infinity) => {
      if (readings.has(candidate) || problems.has(candidate)) return readings.get(candidate);
      try {
        readings.set(candidate, await readOn(candidate, patienceMs));
      } catch (error) {
        problems.set(candidate, problemText(error));
      }
      return readings.get(candidate);
    },
    problemOf: (candidate) => problems.get(candidate),
    furthest: () => bySize()[0],
  };
}

/**
 * Those that the quorum holds under the file at hand come first, the largest of them before the others: usually one
 * reading suffices. Then what is larger, step by step: a later trust file may know who has cosigned it.
 */
async function takeLargest(
  { start, verifiers }: FollowQuestion,
  { candidates }: Sources,
  reader: Reader,
): Promise<Reading | undefined> {
  let taken: Reading | undefined;
  for (const candidate of candidates) {
    if (!countCheckpoint(start, candidate, verifiers).holds) continue;
    const reading = await reader.read(candidate);
    if (!reading?.counted.holds) continue;
    taken = reading;
    break;
  }
  const isVouchedFor = (candidate: Candidate): boolean => {
    const { isSignedByLog, count } = countCheckpoint(taken?.history.present ?? start, candidate, verifiers);
    return isSignedByLog && count.total.got > 0;
  };
  const smallestFirst = [...candidates].reverse();
  const vouchedFor = smallestFirst.filter(isVouchedFor);
  for (const candidate of new Set([...vouchedFor, ...smallestFirst])) {
    if (taken && candidate.checkpoint.treeSize <= taken.candidate.checkpoint.treeSize) continue;
    const patience = vouchedFor.includes(candidate) ? PATIENCE_MS : STRANGERS_PATIENCE_MS;
    const reading = await reader.read(candidate, taken && patience);
    if (reading?.counted.holds) taken = reading;
  }
  return taken;
}

async function relationOf(
  candidate: Candidate,
  taken: Candidate,
  sources: Sources,
): Promise<"current" | "behind" | "ahead" | "contradicts" | "unreadable"> {
  if (candidate === taken) return "current";
  const isSmaller = candidate.checkpoint.treeSize <= taken.checkpoint.treeSize;
  try {
    const isOne = isSmaller
      ? await isBeginning(candidate, taken, sources)
      : await isBeginning(taken, candidate, sources);
    return !isOne ? "contradicts" : isSmaller ? "behind" : "ahead";
  } catch {
    return "unreadable";
  }
}

/** Whether the larger tree, or one of the same size, begins with the smaller one. Throws where its sources prove nothing. */
async function isBeginning(smaller: Candidate, larger: Candidate, sources: Sources): Promise<boolean> {
  const { treeSize, rootHash } = smaller.checkpoint;
  const beginning =
    treeSize === larger.checkpoint.treeSize ? larger.checkpoint : await sources.beginning(larger, treeSize);
  return equalBytes(beginning.rootHash, rootHash);
}

interface Found {
  readonly sources: Sources;
  readonly states: ReadonlyMap<Candidate, SourceState>;
  readonly known: TrustFile;
  readonly problemOf: Reader["problemOf"];
  readonly question: FollowQuestion;
}

function reportOf(source: Source, { sources, states, known, problemOf, question }: Found): SourceReport {
  const candidate = sources.candidates.find((each) => each.sources.includes(source));
  const own = sources.problemOf(source);
  const problem = own ?? (candidate && problemOf(candidate));
  const told = { from: source.from, ...(problem !== undefined && { problem }) };
  if (candidate === undefined) return { ...told, state: "silent", invalid: [] };
  const { treeSize } = candidate.checkpoint;
  const note = sources.noteOf(source) ?? candidate.note;
  const { invalid } = countCheckpoint(known, { ...candidate, note }, question.verifiers);
  const state = own === undefined ? (states.get(candidate) ?? "unproved") : "unreadable";
  return { ...told, state, treeSize, invalid };
}
