/**
 * Asking for a timestamp token, and whether to take what comes. RFC 3161, sections 2.4.1 and 2.4.2. A token is taken only
 * if it answers this request, at about this time, and if every verifier under the trust file will count it: what is
 * stored once can't be asked for again as of then.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { equalBytes } from "../../core/bytes.js";
import { formatTime } from "../../core/record/time.js";
import { digestOf, type VerifyX509Signature } from "../der/algorithms.js";
import { parseBer } from "../der/ber.js";
import { type Element, MalformedError, parseDer, TAG } from "../der/der.js";
import * as der from "../der/der-writer.js";
import { fieldsOf, smallInteger } from "../der/fields.js";
import {
  claimedAuthorities,
  parseTimestampToken,
  type TimestampToken,
  verifyTimestampToken,
} from "./timestamp-token.js";
import type { X509Certificate } from "../x509/x509-certificate.js";

export interface TimestampRequest {
  /** These are the bytes to be stamped; the authority sees their SHA-256. */
  readonly message: Uint8Array;
  /** The nonce is "a large random number with a high probability that the client generates it only once": 64 bits. */
  readonly nonce: bigint;
  /** The policy is an object identifier; without one the authority stamps under whatever policy it has. */
  readonly policy?: string;
}

/**
 * The code says why an answer is not taken, where the token itself is not to blame (`MalformedError`,
 * `TimestampError`).
 */
export type UnacceptableCode =
  /** The authority gives no token; the message has its status, failure and words. */
  | "timestamp-rejected"
  /** The token is of another nonce, digest algorithm or policy than was asked for. */
  | "timestamp-of-another-request"
  /** It leads to no authority of the trust file: no verifier would count it. */
  | "timestamp-authority-unknown"
  /** genTime is far from our clock: one of the two is wrong. */
  | "timestamp-time-off";

export class UnacceptableTimestamp extends Error {
  override readonly name = "UnacceptableTimestamp";
  readonly code: UnacceptableCode;

  constructor(code: UnacceptableCode, message: string) {
    super(message);
    this.code = code;
  }
}

const SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"), der.nothing());

/**
 * Writes a TimeStampReq ::= SEQUENCE { version, messageImprint, reqPolicy OPTIONAL, nonce OPTIONAL, certReq DEFAULT
 * FALSE, ... }
 */
export function encodeTimestampRequest({ message, nonce, policy }: TimestampRequest): Uint8Array {
  return der.sequence(
    der.integer(1),
    der.sequence(SHA256, der.octets(sha256(message))),
    ...(policy === undefined ? [] : [der.oid(policy)]),
    der.integer(nonce),
    // The certificates come in the token: who verifies it offline has no other.
    der.boolean(true),
  );
}

export interface TimestampAnswer {
  /** The response is a TimeStampResp in DER. */
  readonly response: Uint8Array;
  readonly request: TimestampRequest;
  readonly anchors: readonly X509Certificate[];
  readonly apartFrom: readonly X509Certificate[];
  readonly verify: VerifyX509Signature;
  /** These times are by our clock: when the request was sent, and when the answer had come. */
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
  /** This says how far genTime may lie before or after them. */
  readonly toleranceMs: number;
}

export interface AcceptedTimestamp {
  /** This is the DER of the TimeStampToken. */
  readonly token: Uint8Array;
  /** This is the common name of the authority in the trust file. */
  readonly authority: string;
  readonly genTimeMs: number;
  /** The serial number is hexadecimal. */
  readonly serialNumber: string;
}

/** Judges an answer, and gives its token. Throws `UnacceptableTimestamp`, `TimestampError` or `MalformedError`. */
export function acceptTimestamp(answer: TimestampAnswer): AcceptedTimestamp {
  const { response, request, anchors, apartFrom, verify } = answer;
  const bytes = parseTimestampResponse(response);
  const token = parseTimestampToken(bytes);
  checkRequest(token, request);
  const question = { token, message: request.message, anchors, apartFrom, verify };
  if (claimedAuthorities(question).length === 0)
    throw new UnacceptableTimestamp(
      "timestamp-authority-unknown",
      `the trust file names no authority of ${token.signer.commonName}`,
    );
  const { commonName } = verifyTimestampToken(question);
  const { genTimeMs, serialNumber } = token.info;
  checkTime(genTimeMs, answer);
  return { token: bytes, authority: commonName, genTimeMs, serialNumber };
}

/** "The time-stamping client ... SHALL verify" what it is given against what it has asked for (section 2.2). */
function checkRequest({ info }: TimestampToken, { nonce, policy }: TimestampRequest): void {
  const refuse = (what: string) => new UnacceptableTimestamp("timestamp-of-another-request", what);
  const asked = parseDer(der.integer(nonce)).content;
  // "The nonce ... MUST be included in the response; otherwise the response shall be rejected."
  if (info.nonce === undefined) throw refuse("the token has no nonce");
  if (!equalBytes(info.nonce, asked)) throw refuse("the token has the nonce of another request");
  if (digestOf(info.imprint.algorithm) !== "sha-256")
    throw refuse("the token is of another digest algorithm");
  if (policy !== undefined && info.policy !== policy)
    throw refuse(`the token is of the policy ${info.policy}, not ${policy}`);
}

function checkTime(genTimeMs: number, { askedAtMs, answeredAtMs, toleranceMs }: TimestampAnswer): void {
  const [earliestMs, latestMs] = [askedAtMs - toleranceMs, answeredAtMs + toleranceMs];
  if (genTimeMs >= earliestMs && genTimeMs <= latestMs) return;
  throw new UnacceptableTimestamp(
    "timestamp-time-off",
    `the token's time ${formatTime(genTimeMs)} is not between ${formatTime(earliestMs)} and ` +
      `${formatTime(latestMs)}: the authority's clock or ours is wrong`,
  );
}

/** PKIStatus (section 2.4.2). */
const STATUSES: readonly string[] = [
  "granted",
  "grantedWithMods",
  "rejection",
  "waiting",
  "revocationWarning",
  "revocationNotification",
];
/** PKIFailureInfo: the bits that RFC 3161 has. */
const FAILURES: Readonly<Record<number, string>> = {
  0: "badAlg",
  2: "badRequest",
  5: "badDataFormat",
  14: "timeNotAvailable",
  15: "unacceptedPolicy",
  16: "unacceptedExtension",
  17: "addInfoNotAvailable",
  25: "systemFailure",
};
const UTF8_STRING = 0x0c;
const ENOUGH_FOR_A_MESSAGE = 200;

/** Gives the token, as it came, of a TimeStampResp ::= SEQUENCE { status PKIStatusInfo, timeStampToken OPTIONAL }. */
export function parseTimestampResponse(bytes: Uint8Array): Uint8Array {
  const fields = fieldsOf(parseBer(bytes), "TimeStampResp");
  const info = fieldsOf(fields.take(TAG.sequence), "PKIStatusInfo");
  const status = smallInteger(info.take(TAG.integer));
  const words = info.takeIf(TAG.sequence);
  const failure = info.takeIf(TAG.bitString);
  info.end();
  const token = fields.takeIf(TAG.sequence);
  fields.end();
  // "When the PKIStatus contains the value zero or one, a TimeStampToken MUST be present."
  const isGranted = status === 0 || status === 1;
  if (isGranted !== (token !== undefined))
    throw new MalformedError("TimeStampResp: a token where the status says none, or none where it says one");
  if (token !== undefined) return token.bytes;
  const named = [STATUSES[status ?? -1] ?? "a status that RFC 3161 does not have", ...failuresOf(failure)];
  const said = wordsOf(words).slice(0, ENOUGH_FOR_A_MESSAGE);
  throw new UnacceptableTimestamp(
    "timestamp-rejected",
    `the authority answers ${named.join(", ")}${said === "" ? "" : `: ${said}`}`,
  );
}

/** Bits that RFC 3161 could have had: of more a stranger's answer would make a message of megabytes. */
const FAILURE_BYTES = 4;

function failuresOf(bits: Element | undefined): readonly string[] {
  const octets = [...(bits?.content.subarray(1, 1 + FAILURE_BYTES) ?? [])];
  return octets.flatMap((octet, i) =>
    [0, 1, 2, 3, 4, 5, 6, 7].flatMap((bit) =>
      (octet & (0x80 >> bit)) === 0 ? [] : [FAILURES[i * 8 + bit] ?? `failure ${i * 8 + bit}`],
    ),
  );
}

/** PKIFreeText ::= SEQUENCE OF UTF8String. A stranger's words, for a log. */
function wordsOf(words: Element | undefined): string {
  return (words?.children ?? [])
    .map(({ tag, content }) => {
      if (tag !== UTF8_STRING) throw new MalformedError("PKIFreeText: another type than UTF8String");
      return new TextDecoder().decode(content).replace(/[\p{Cc}\u2028\u2029]/gu, " ");
    })
    .join(" ");
}
