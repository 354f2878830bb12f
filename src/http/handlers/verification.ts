/**
 * `POST /v1/verify`: the verifier over HTTP, for anybody, under this service's own trust file. It keeps nothing of
 * what it is given, and says in each answer whose trust the verdict rests on.
 */
import type { FileReport } from "../../certificate/verify/verify-file.js";
import { hex } from "../../core/bytes.js";
import type { CreateDigester } from "../../core/digest/digester.js";
import { parseJson } from "../../core/record/json.js";
import { atField, ParseError } from "../../core/errors.js";
import { type Reader, readArray, readString } from "../../core/record/reader.js";
import { foldText } from "../../core/trust/identity.js";
import type { Call, Handlers } from "./handler.js";
import type { Limits } from "../intake/limits.js";
import { boundaryOf, readParts } from "../intake/multipart.js";
import { createGathered, gatherAll, type Gathered, type Memory } from "../intake/gather.js";
import { isLeftBlank, partMissing, readPart, refusePart, refuseUnlessJson } from "../intake/parts.js";
import { announcedSize, receive } from "../intake/receive.js";
import { sendJson } from "../answers/respond.js";
import { createFairLine, inTurn, pieceByPiece } from "../shares/fair-line.js";
import type { Shares } from "../shares/shares.js";

export interface VerificationInput {
  /** The file is evidence, a certificate, a misconduct file or a challenge. */
  readonly file: Uint8Array;
  readonly record?: Uint8Array;
  /** The answer is evidence or a certificate, shown in answer to a challenge. */
  readonly answer?: Uint8Array;
  /** The cosignatures of these parties shall not count; each is an id, a credit code or a name. */
  readonly parties: readonly string[];
}

/** A request is somebody's: the verifier serves callers in turn. */
export interface VerificationRequest extends VerificationInput {
  readonly caller: string;
}

/**
 * Verifies a file. It rejects with core's `ParseError` where something is given of which the file has no use; else
 * the report says it all.
 */
export type Verify = (input: VerificationRequest) => Promise<FileReport>;

export interface VerificationOptions {
  readonly verify: Verify;
  readonly consortiumJson: Uint8Array;
  readonly publicUrl: string;
  readonly limits: Limits;
  readonly shares: Pick<Shares, "verifications" | "verifiedBytes" | "turns">;
  readonly createDigester: CreateDigester;
}

const PARTIES_PART_BYTES = 64 * 1024;
const MULTIPART_OVERHEAD_BYTES = PARTIES_PART_BYTES + 32 * 1024;

export function verificationHandlers(options: VerificationOptions): Handlers {
  const { verify, consortiumJson, publicUrl, limits, shares, createDigester } = options;
  const trustFile = {
    source: "this-service",
    url: `${publicUrl}/consortium.json`,
    "sha-256": hex(createDigester("sha-256").update(consortiumJson).digest()),
  };
  const pieces = createFairLine(pieceByPiece(shares.turns.isShared, 1));
  const time = { idleMs: limits.bodyIdleMs, totalMs: limits.bodyTotalMs, pace: limits.slowSenders };

  return {
    async verify(call) {
      const { caller, response } = call;
      const leave = shares.verifications.take(caller);
      // Memory is counted as it is taken: a client that sends slowly, or nothing, keeps no memory from others.
      const held = shares.verifiedBytes.hold(caller);
      try {
        const input = await readInput(call, held);
        sendJson(response, 200, { trustFile, report: await verify({ ...input, caller: caller.address }) });
      } finally {
        held.release();
        leave();
      }
    },
  };

  function piecesOf(call: Call, maxBytes: number): AsyncIterable<Buffer> {
    return inTurn(receive(call, { maxBytes, ...time }), pieces, call.caller.address);
  }

  async function readInput(call: Call, held: Memory): Promise<VerificationInput> {
    const maxBytes = limits.verificationBytes;
    if (call.bodyType !== "multipart/form-data") {
      const gathered = createGathered(held, announcedSize(call.request));
      const file = await gatherAll(piecesOf(call, maxBytes), gathered);
      return { file: file.bytes(), parties: [] };
    }
    const boundary = boundaryOf(call.request.headers["content-type"] ?? "");
    const content = piecesOf(call, maxBytes + MULTIPART_OVERHEAD_BYTES);
    const given = new Map<string, Gathered>();
    for await (const part of readParts(content, boundary)) {
      refusePart(
        part,
        !PARTS.includes(part.name) || given.has(part.name),
        "one part `evidence`, perhaps one `record`, one `answer` and one `parties`",
      );
      const isParties = part.name === "parties";
      if (isParties) refuseUnlessJson(part);
      const read = await readPart(part, isParties ? PARTIES_PART_BYTES : maxBytes, held);
      // A field that was left blank gives nothing; an empty file, which has a name, is a record like any other.
      if (isLeftBlank(part, read.size) || (part.fileName === undefined && read.size === 0)) read.free();
      else given.set(part.name, read);
    }
    return inputOf(given);
  }
}

const PARTS: readonly string[] = ["evidence", "record", "answer", "parties"];

function inputOf(given: ReadonlyMap<string, Gathered>): VerificationInput {
  const [file, record, answer, parties] = PARTS.map((name) => given.get(name)?.bytes());
  if (file === undefined) throw partMissing("evidence");
  return {
    file,
    ...(record && { record }),
    ...(answer && { answer }),
    parties: parties === undefined ? [] : parseParties(parties),
  };
}

const readParty: Reader<string> = (value, field) => {
  const party = readString(value, field);
  if (foldText(party) === "") throw new ParseError("value-range", "a party without a name", { field });
  return party;
};

function parseParties(bytes: Uint8Array): readonly string[] {
  const field = "/parts/parties";
  return readArray(readParty)(
    atField(field, () => parseJson(bytes, { numbers: "canonical" })),
    field,
  );
}
