/** `POST /v1/deposits` in its three forms, and a deposit's state. */
import { base64, bytesFromHex } from "../../core/bytes.js";
import type { CreateDigester } from "../../core/digest/digester.js";
import { digestContent, encodeDigests } from "../../core/digest/digests.js";
import { canonicalJson } from "../../core/record/canonical.js";
import { canonicalRecordOf } from "../../core/record/content.js";
import type { JsonValue } from "../../core/record/json.js";
import type {
  DepositMetadata,
  DepositRequest,
  DepositResult,
  Principal,
  StagedOriginal,
} from "../../notary/model/model.js";
import type { Notary } from "../../notary/model/notary.js";
import { type Call, type Handlers, pathParameter, principalOf, queryParameter } from "./handler.js";
import {
  type FileMetadata,
  parseFileMetadata,
  parseMetadataHeader,
  readEnvelope,
} from "../intake/deposit-request.js";
import { UNCOUNTED } from "../intake/gather.js";
import type { Limits } from "../intake/limits.js";
import { depositLinks } from "../answers/links.js";
import { boundaryOf, type Part, readParts } from "../intake/multipart.js";
import { statedMediaType } from "../intake/media-type.js";
import { HttpRefusal } from "../problems/problems.js";
import { receive } from "../intake/receive.js";
import {
  isLeftBlank,
  partMissing,
  readPart,
  readPartType,
  refusePart,
  refuseUnlessJson,
} from "../intake/parts.js";
import { idempotencyKey } from "../intake/request-headers.js";
import { sendJson } from "../answers/respond.js";
import type { Shares } from "../shares/shares.js";

export interface DepositOptions {
  readonly notary: Notary;
  readonly limits: Limits;
  readonly shares: Pick<Shares, "uploads">;
  readonly createDigester: CreateDigester;
  /** Gives an organisation's name in the languages of the trust file; undefined for one that it does not name. */
  readonly nameOf: (organisationId: string) => { readonly zh: string; readonly en: string } | undefined;
}

/** The content of a deposit, measured; whoever made it forgets `original` after the deposit, or instead of it. */
type Content = Pick<
  DepositRequest,
  "digests" | "digestsBy" | "size" | "mediaType" | "canonicalization" | "original"
>;

const METADATA_PART_BYTES = 64 * 1024;
/** Boundaries, headers and the metadata, beside the file. */
const MULTIPART_OVERHEAD_BYTES = METADATA_PART_BYTES + 32 * 1024;
const DEFAULT_MEDIA_TYPE = "application/octet-stream";
/** Media types whose bodies hold the metadata beside the content. A body of any other is a file itself. */
const FORMS: ReadonlyMap<string, "envelope" | "parts"> = new Map([
  ["application/json", "envelope"],
  ["multipart/form-data", "parts"],
]);

export function depositHandlers(options: DepositOptions): Handlers {
  const { notary, limits, shares, createDigester, nameOf } = options;
  const named = (id: string) => ({ id, name: nameOf(id) });

  return {
    async deposit(call) {
      const by = principalOf(call);
      const key = idempotencyKey(call.request);
      const form = FORMS.get(call.bodyType ?? "");
      const header = call.request.headers["cunzheng-metadata"] as string | undefined;
      if (form === undefined) return depositStream(call, by, key, header);
      if (header !== undefined)
        throw new HttpRefusal("header-malformed", "the metadata goes into the body of this media type", {
          field: "/headers/cunzheng-metadata",
          got: call.bodyType ?? "none",
          want: `the header with a file's bytes only, never with ${[...FORMS.keys()].join(" or ")}`,
        });
      return form === "envelope" ? depositEnvelope(call, by, key) : depositMultipart(call, by, key);
    },

    async depositState(call) {
      const id = pathParameter(call, "id");
      const sha256 = queryParameter(call, "sha-256");
      const { cosigners, quorum, ...state } = await notary.depositState(id);
      const { principal } = call;
      const own = isOwn(principal, state.depositor.id)
        ? await notary.depositResult(principal, id)
        : undefined;
      sendJson(call.response, 200, {
        ...state,
        ...(quorum && {
          quorum: {
            ...quorum,
            awaited: quorum.awaited.map(({ organisation, ...rest }) => ({
              organisation: named(organisation),
              ...rest,
            })),
          },
        }),
        cosigners: cosigners.map(
          ({ name, kind, organisation, role, algorithm, cosignedAt, storedAt, counted, reason }) => ({
            name,
            kind,
            organisation: named(organisation),
            role,
            algorithm,
            cosignedAt,
            storedAt,
            counted,
            reason,
          }),
        ),
        ...(sha256 !== undefined && {
          digestMatches: await notary.confirmDigest(id, {
            name: "sha-256",
            digest: bytesFromHex(sha256.toLowerCase()),
          }),
        }),
        ...(own && {
          statement: own.statement,
          leafHash: base64(own.leafHash),
          receipt: own.receipt,
          links: depositLinks(id, { chainId: own.statement.chain?.id }),
        }),
      });
    },
  };

  async function depositEnvelope(call: Call, by: Principal, key: string | undefined): Promise<void> {
    const envelope = readEnvelope(call.body as JsonValue);
    const { metadata } = envelope;
    if (!("record" in envelope))
      return finish(call, by, metadata, { ...envelope, digestsBy: "depositor" }, key);
    const bytes = call.record?.bytes ?? canonicalRecordOf(envelope.record);
    const original =
      metadata.retain === true
        ? await notary.stageOriginal(piecesOf(bytes), { keep: true, maxBytes: bytes.length })
        : undefined;
    const { digests, size } = original ?? call.record ?? digestContent(bytes, createDigester);
    const mediaType = "application/json";
    return finish(
      call,
      by,
      metadata,
      {
        digests,
        digestsBy: "service",
        size,
        mediaType,
        canonicalization: "rfc8785",
        ...(original && { original }),
      },
      key,
    );
  }

  /** A file's bytes, of whatever type the request or the metadata says. */
  async function depositStream(
    call: Call,
    by: Principal,
    key: string | undefined,
    header: string | undefined,
  ): Promise<void> {
    const { metadata, mediaType = sentType(call) } = parseMetadataHeader(header);
    const leave = shares.uploads.take(call.caller);
    let original: StagedOriginal;
    try {
      original = await stage(receiveUpload(call, limits.contentBytes), metadata);
    } finally {
      leave();
    }
    return finish(call, by, metadata, contentOf(original, mediaType), key);
  }

  async function depositMultipart(call: Call, by: Principal, key: string | undefined): Promise<void> {
    const boundary = boundaryOf(call.request.headers["content-type"] ?? "");
    const leave = shares.uploads.take(call.caller);
    let upload: { file: FileMetadata; original: StagedOriginal; mediaType: string };
    try {
      upload = await receiveParts(
        readParts(receiveUpload(call, limits.contentBytes + MULTIPART_OVERHEAD_BYTES), boundary),
      );
    } finally {
      leave();
    }
    const { file, original, mediaType } = upload;
    return finish(call, by, file.metadata, contentOf(original, mediaType), key);
  }

  /** `metadata`, then `file`, then the end. */
  async function receiveParts(parts: AsyncIterable<Part>) {
    let file: FileMetadata | undefined;
    let original: StagedOriginal | undefined;
    let mediaType = DEFAULT_MEDIA_TYPE;
    try {
      for await (const part of parts) {
        if (file === undefined) {
          refusePart(part, part.name !== "metadata", "the part `metadata` comes first");
          refuseUnlessJson(part);
          file = parseFileMetadata((await readPart(part, METADATA_PART_BYTES, UNCOUNTED)).bytes());
        } else {
          refusePart(
            part,
            part.name !== "file" || original !== undefined,
            "one part `file` after the metadata",
          );
          mediaType = file.mediaType ?? readPartType(part) ?? DEFAULT_MEDIA_TYPE;
          original = await stage(part.content, file.metadata);
          if (isLeftBlank(part, original.size)) throw partMissing("file");
        }
      }
      if (file === undefined || original === undefined)
        throw partMissing(file === undefined ? "metadata" : "file");
      return { file, original, mediaType };
    } catch (error) {
      await original?.discard();
      throw error;
    }
  }

  function stage(content: AsyncIterable<Uint8Array>, metadata: DepositMetadata): Promise<StagedOriginal> {
    return notary.stageOriginal(content, { keep: metadata.retain === true, maxBytes: limits.contentBytes });
  }

  function receiveUpload(call: Call, maxBytes: number): AsyncIterable<Buffer> {
    const { bodyIdleMs: idleMs, bodyTotalMs: totalMs, slowSenders: pace } = limits;
    return receive(call, { maxBytes, idleMs, totalMs, pace });
  }

  /** The one way in: deposits and answers; what was staged and not taken is forgotten, however it ends. */
  async function finish(
    call: Call,
    by: Principal,
    metadata: DepositMetadata,
    content: Content,
    key: string | undefined,
  ): Promise<void> {
    const { digests, digestsBy, size, mediaType, canonicalization, original } = content;
    let result: DepositResult;
    try {
      result = await notary.deposit(by, {
        metadata,
        digests,
        digestsBy,
        size,
        mediaType,
        ...(canonicalization && { canonicalization }),
        ...(original && { original }),
        ...(key !== undefined && { idempotencyKey: { key, fingerprint: fingerprint(metadata, content) } }),
      });
    } finally {
      await original?.discard();
    }
    sendDeposited(call, result, metadata.retain === true);
  }

  /**
   * Makes a fingerprint of all that decides what is deposited, so that a repeated key with anything else is noticed.
   */
  function fingerprint(metadata: DepositMetadata, content: Content): Uint8Array {
    const { digests, digestsBy, size, mediaType, canonicalization } = content;
    return createDigester("sha-256")
      .update(
        canonicalJson({
          metadata,
          digests: encodeDigests(digests),
          digestsBy,
          size,
          mediaType,
          ...(canonicalization && { canonicalization }),
        }),
      )
      .digest();
  }
}

const sentType = ({ request }: Call): string =>
  statedMediaType(request.headers["content-type"] ?? DEFAULT_MEDIA_TYPE, {
    code: "header-malformed",
    message: "the Content-Type is none that a statement can hold",
    field: "/headers/content-type",
  });

const PIECE_BYTES = 64 * 1024;

/** To be digested and written one after the other: others are answered in between. */
function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}

function contentOf(original: StagedOriginal, mediaType: string): Content {
  const { digests, size } = original;
  return { digests, digestsBy: "service", size, mediaType, original };
}

/** Operators keep keys; they read nobody's deposits, their own organisation's neither. */
function isOwn(principal: Principal | undefined, depositorId: string): principal is Principal {
  return (
    principal !== undefined && principal.role !== "operator" && principal.organisation.id === depositorId
  );
}

function sendDeposited({ response }: Call, result: DepositResult, isRetained: boolean): void {
  const { statement, leafHash, receipt, replayed } = result;
  const links = depositLinks(statement.id, { isRetained, chainId: statement.chain?.id });
  sendJson(
    response,
    201,
    { id: statement.id, state: "received", statement, leafHash: base64(leafHash), receipt, links },
    { Location: links.self, ...(replayed && { "Idempotent-Replayed": "true" }) },
  );
}
