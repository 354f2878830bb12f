/**
 * `cunzheng challenge`: a receipt whose time has passed becomes a file that asks the operator for evidence. The
 * checkpoint beside it is given, or is asked of the log and of every node of the trust file: an operator that keeps
 * silent can't keep them silent.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { baseUrl } from "../platform/server/base-url.js";
import { hex, textFromUtf8, utf8 } from "../core/bytes.js";
import { sha256 } from "../core/digest/sha256.js";
import { ParseError, VerificationError } from "../core/errors.js";
import { CHALLENGE_TYPE, encodeChallenge } from "../core/evidence/challenge.js";
import { openCheckpoint, parseCheckpointText } from "../core/ledger/checkpoint.js";
import { encodeNote, parseNote } from "../core/ledger/note.js";
import { parseReceiptText } from "../core/evidence/receipt.js";
import { FORMAT_BOUNDS, type JsonObject, parseJson, refuseTooLarge } from "../core/record/json.js";
import { readAtMost } from "../platform/files/read-at-most.js";
import type { ChallengeArguments, MadeChallenge } from "../commands/evidence/challenge.js";
import { UnavailableError, UsageError } from "../commands/model/errors.js";
import { type Consortium, cosignerVkeys, logKeysAt } from "../core/trust/consortium.js";
import { openCosignatures } from "../core/witness/cosignature.js";
import { verifyChallenge } from "../core/verify/verify-challenge.js";
import { checkAuthorities, openTrustFile } from "../pki/trust-file.js";
import { writeFileDurably } from "../platform/files/files.js";
import { getBounded } from "../platform/server/http-get.js";
import { VERIFIERS } from "../platform/keys/verifiers.js";
import { linesOf } from "../witness-node/signing/add-checkpoint.js";
import { mirrorPrefix, witnessPrefix } from "../witness-node/configuration/paths.js";

/** A hundred signature lines, of 8,192 bytes at most, and the text. */
const MAX_CHECKPOINT_BYTES = 1024 * 1024;
const ANSWER_MS = 5000;
/** While the ledger grows its nodes stand at one size only now and then. */
const ROUNDS = 20;
const ROUND_PAUSE_MS = 500;

/** Writes `out` where the challenge stands; otherwise the report says what is wanting, and nothing is written. */
export async function makeChallenge(options: ChallengeArguments): Promise<MadeChallenge> {
  const trustFile = await read("consortium", options.consortium);
  const receipt = receiptIn(await read("receipt", options.receipt));
  const judge = (checkpoint: string) => {
    const bytes = encodeChallenge({ type: CHALLENGE_TYPE, receipt, checkpoint });
    const { parties } = options;
    return {
      bytes,
      report: verifyChallenge({
        challenge: bytes,
        consortium: trustFile,
        checkAuthorities,
        parties,
        ...VERIFIERS,
      }),
    };
  };
  const trusted = soundOrUndefined(trustFile);
  // A broken trust file decides nothing, whatever anybody would answer.
  if (trusted === undefined) return { ...judge(""), silent: [] };
  let made: Omit<MadeChallenge, "silent"> | undefined;
  let silent: readonly string[] = [];
  if (options.checkpoint !== undefined)
    made = judge(checkpointIn(await read("checkpoint", options.checkpoint)));
  for (let round = 0; round < ROUNDS && made?.report.verdict !== "unanswered"; round++) {
    if (options.checkpoint !== undefined) break;
    if (round > 0) await sleep(ROUND_PAUSE_MS);
    const gathered = await gatherCheckpoints(trusted);
    silent = gathered.silent;
    for (const note of gathered.notes) {
      const next = judge(note);
      if (made?.report.verdict !== "unanswered") made = next;
    }
    // Its time is not come, or it is not the operator's: no further checkpoint will change that.
    if (made?.report.problem && made.report.problem.code !== "quorum-not-met") break;
  }
  if (made === undefined)
    throw new UnavailableError(
      `nobody gave a checkpoint of ${trusted.log.origin}:\n  ${silent.join("\n  ")}`,
    );
  if (made.report.verdict === "unanswered") await writeFileDurably(options.out, made.bytes);
  return { ...made, silent };
}

function soundOrUndefined(trustFile: Uint8Array): Consortium | undefined {
  try {
    return openTrustFile(trustFile);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

async function read(option: string, path: string): Promise<Uint8Array> {
  try {
    return await readAtMost(path, FORMAT_BOUNDS.bytes);
  } catch (error) {
    throw new UnavailableError(`the ${option} can't be read: ${(error as Error).message}`);
  }
}

/** The receipt's note: the file itself, or the member of that name in the answer to a deposit. */
function receiptIn(file: Uint8Array): string {
  return given("receipt", () => {
    refuseTooLarge(file, FORMAT_BOUNDS.bytes);
    const text = textFromUtf8(file);
    const note = text.trimStart().startsWith("{") ? memberOf(file) : text;
    parseReceiptText(parseNote(note).text);
    return note;
  });
}

/** The answer to a deposit: whatever else is in it is for others to read. */
function memberOf(answer: Uint8Array): string {
  const { receipt } = parseJson(answer, { numbers: "exact", bounds: FORMAT_BOUNDS }) as JsonObject;
  if (typeof receipt !== "string")
    throw new ParseError("member-missing", "no member `receipt` in the answer to a deposit");
  return receipt;
}

function checkpointIn(file: Uint8Array): string {
  return given("checkpoint", () => {
    refuseTooLarge(file, FORMAT_BOUNDS.bytes);
    return textFromUtf8(file);
  });
}

/** A file that is none of what its option asks for is a slip of whoever typed the command. */
function given<T>(option: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new UsageError(`--${option}: ${error.message} (${error.code})`);
  }
}

/** The largest tree first; of each checkpoint all the lines that verify, whoever gave them. */
async function gatherCheckpoints(
  consortium: Consortium,
): Promise<{ notes: readonly string[]; silent: readonly string[] }> {
  const { log, witnesses } = consortium;
  const named = { originHash: hex(sha256(utf8(log.origin))) };
  const urls = new Set([
    `${baseUrl(log.url)}/checkpoint`,
    ...witnesses.flatMap(({ url }) => [
      `${witnessPrefix(baseUrl(url), named)}/checkpoint`,
      `${mirrorPrefix(baseUrl(url), named)}/checkpoint`,
    ]),
  ]);
  const lines = new Map<string, { readonly treeSize: number; readonly lines: Set<string> }>();
  const silent: string[] = [];
  await Promise.all(
    [...urls].map(async (url) => {
      try {
        const bytes = await getBounded(url, {
          maxBytes: MAX_CHECKPOINT_BYTES,
          signal: AbortSignal.timeout(ANSWER_MS),
        });
        if (bytes === undefined) throw new Error("404");
        const { text, verified } = verifiedLines(bytes, consortium);
        const known = lines.get(text) ?? { treeSize: Number(text.split("\n")[1]), lines: new Set() };
        for (const line of verified) known.lines.add(line);
        lines.set(text, known);
      } catch (error) {
        silent.push(`${url}: ${reasonOf(error)}`);
      }
    }),
  );
  const notes = [...lines]
    .sort(([, a], [, b]) => b.treeSize - a.treeSize)
    .map(([text, found]) => encodeNote(text, [...found.lines]));
  return { notes, silent };
}

/** One false line would spoil what the others gave. Throws where the log has not signed, or a line is false. */
function verifiedLines(bytes: Uint8Array, consortium: Consortium): { text: string; verified: string[] } {
  const { treeSize } = parseCheckpointText(parseNote(bytes).text);
  const { note, signedBy } = openCheckpoint(bytes, logKeysAt(consortium, treeSize), VERIFIERS);
  const cosignatures = openCosignatures(note, cosignerVkeys(consortium), VERIFIERS);
  return { text: note.text, verified: [...linesOf(note, signedBy), ...cosignatures.map(({ line }) => line)] };
}

function reasonOf(error: unknown): string {
  if (error instanceof ParseError || error instanceof VerificationError) return error.code;
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}
