/**
 * `POST /v1/verify`: the verifier over HTTP, for anybody, under this service's own trust file. It keeps nothing of
 * what it is given, and says in each answer whose trust the verdict rests on.
 */
import type { FileReport } from "../certificate/verify/verify-file.js";
import { hex } from "../core/bytes.js";
import type { CreateDigester } from "../core/digest/digester.js";
import { parseJson } from "../core/record/json.js";
import { atField, ParseError } from "../core/errors.js";
import { type Reader, readArray, readString } from "../core/record/reader.js";
import { foldText } from "../core/witness/identity.js";
import type { Call, Handlers } from "./call.js";
import type { Limits } from "./limits.js";
import { boundaryOf, readParts } from "./multipart.js";
import { readPart, refusePart } from "./parts.js";
import { HttpRefusal } from "./problems.js";
import { receive } from "./receive.js";
import { sendJson } from "./respond.js";
import type { Shares } from "./shares/shares.js";

export interface VerificationInput {
  /** Evidence, a certificate, a misconduct file or a challenge. */
  readonly file: Uint8Array;
  readonly record?: Uint8Array;
  /** Evidence or a certificate, shown in answer to a challenge. */
  readonly answer?: Uint8Array;
  /** Whose cosignatures shall not count, by id, credit code or name. */
  readonly parties: readonly string[];
}

/** One of somebody's: the verifier serves callers in turn. */
export interface VerificationRequest extends VerificationInput {
  readonly caller: string;
}

/** Rejects with core's `ParseError` where something is given of which the file has no use; else the report says it all. */
export type Verify = (input: VerificationRequest) => Promise<FileReport>;

export interface VerificationOptions {
  readonly verify: Verify;
  readonly consortiumJson: Uint8Array;
  readonly publicUrl: string;
  readonly limits: Limits;
  readonly shares: Pick<Shares, "verifications" | "verifiedBytes">;
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
  const time = { idleMs: limits.bodyIdleMs, totalMs: limits.bodyTotalMs, pace: limits.slowSenders };

  return {
    async verify(call) {
      const { caller, response } = call;
      const leave = shares.verifications.take(caller);
      // Memory is counted as it is taken: a client that sends slowly, or nothing, keeps no memory from others.
      const held = shares.verifiedBytes.hold(caller);
      const hold = (piece: Buffer) => {
        held.take(piece.length);
        return piece;
      };
      try {
        const input = await readInput(call, hold);
        sendJson(response, 200, { trustFile, report: await verify({ ...input, caller: caller.address }) });
      } finally {
        held.release();
        leave();
      }
    },
  };

  async function readInput(
    { request, bodyType }: Call,
    hold: (piece: Buffer) => Buffer,
  ): Promise<VerificationInput> {
    const maxBytes = limits.verificationBytes;
    const receiveAtMost = (most: number) => mapped(receive(request, { maxBytes: most, ...time }), hold);
    if (bodyType !== "multipart/form-data") {
      const pieces: Buffer[] = [];
      for await (const piece of receiveAtMost(maxBytes)) pieces.push(piece);
      return { file: Buffer.concat(pieces), parties: [] };
    }
    const boundary = boundaryOf(request.headers["content-type"] ?? "");
    const content = receiveAtMost(maxBytes + MULTIPART_OVERHEAD_BYTES);
    const given = new Map<string, Buffer>();
    for await (const part of readParts(content, boundary)) {
      refusePart(
        part,
        !["evidence", "record", "answer", "parties"].includes(part.name) || given.has(part.name),
        "one part `evidence`, perhaps one `record`, one `answer` and one `parties`",
      );
      const isParties = part.name === "parties";
      given.set(
        part.name,
        isParties
          ? await readPart(part, PARTIES_PART_BYTES, "application/json")
          : await readPart(part, maxBytes),
      );
    }
    const [file, record, answer, parties] = ["evidence", "record", "answer", "parties"].map((name) =>
      given.get(name),
    );
    if (file === undefined)
      throw new HttpRefusal("multipart-malformed", "a part is missing", { field: "/parts/evidence" });
    return {
      file,
      ...(record && { record }),
      ...(answer && { answer }),
      parties: parties === undefined ? [] : parseParties(parties),
    };
  }
}

async function* mapped<T>(items: AsyncIterable<T>, change: (item: T) => T): AsyncGenerator<T> {
  for await (const item of items) yield change(item);
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
