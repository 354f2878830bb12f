/**
 * One time-stamping authority as the notary knows it: asked, its answers judged, and its failures remembered, so that
 * nobody waits for one that does not answer. A failing one rests longer each time; who asks it again meanwhile is the
 * background alone (stamp-checkpoints.ts).
 */
import { type Backoff, restMs } from "../model/backoff.js";
import { formatTime } from "../../core/record/time.js";
import {
  acceptTimestamp,
  type AcceptedTimestamp,
  encodeTimestampRequest,
  type TimestampRequest,
} from "../../pki/timestamps/timestamp-request.js";
import type { X509Certificate } from "../../pki/x509/x509-certificate.js";
import type { Ports } from "../ports/ports.js";
import type { TimestampAuthority } from "../ports/timestamps.js";

export type SourcePorts = Pick<Ports, "now" | "monotonicMs" | "randomBytes" | "verifyX509Signature" | "log">;

export interface SourceSettings {
  /** The time-stamping authorities of the trust file. */
  readonly anchors: readonly X509Certificate[];
  /** Those of document signers. */
  readonly apartFrom: readonly X509Certificate[];
  /** An authority that has not answered by then has failed. */
  readonly timeoutMs: number;
  /** How far a token's time may lie from our clock. */
  readonly toleranceMs: number;
  /** Ends every request. */
  readonly signal: AbortSignal;
  /** A request has failed. */
  readonly noteFailure: () => void;
}

export interface TimestampSource {
  readonly name: string;
  readonly url: string;
  /** It answered when last asked, and in time for whoever waited; or has not been asked. */
  isAlive(): boolean;
  /** It has failed twice in a row or more often: a hiccup is over when it is asked again. */
  isAway(): boolean;
  /** Failures in a row. */
  failures(): number;
  lastSuccessMs(): number | undefined;
  lastError(): { readonly message: string; readonly atMs: number } | undefined;
  /** How long it is to be left alone now. */
  restMs(): number;
  /** Rejects with what was wrong. */
  stamp(message: Uint8Array): Promise<AcceptedTimestamp>;
  /** Somebody waits for it no longer: it is not alive until it has answered. */
  doubt(): void;
}

/** A failing authority rests 1 s, 2 s... and then every 5 minutes. */
const BACKOFF: Backoff = { firstMs: 1000, longestMs: 300_000 };
/** A failure that lasts is told again so often: whoever reads the last lines of a log must find it. */
const REPEAT_MS = 60_000;
const NONCE_BYTES = 8;

export function openTimestampSource(
  { now, monotonicMs, randomBytes, verifyX509Signature, log }: SourcePorts,
  authority: TimestampAuthority,
  { anchors, apartFrom, timeoutMs, toleranceMs, signal, noteFailure: tellOfFailure }: SourceSettings,
): TimestampSource {
  const { name, url, policy } = authority;
  let failures = 0;
  let isDoubted = false;
  let lastSuccessMs: number | undefined;
  let lastError: { readonly message: string; readonly atMs: number } | undefined;
  let failing: { readonly sinceMs: number; readonly toldMs: number } | undefined;

  async function ask(message: Uint8Array): Promise<AcceptedTimestamp> {
    const request: TimestampRequest = { message, nonce: nonce(), ...(policy !== undefined && { policy }) };
    const askedAtMs = now();
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const response = await authority.request(encodeTimestampRequest(request), inTime);
    const times = { askedAtMs, answeredAtMs: now(), toleranceMs };
    return acceptTimestamp({ response, request, anchors, apartFrom, verify: verifyX509Signature, ...times });
  }

  const nonce = (): bigint =>
    randomBytes(NONCE_BYTES).reduce((value, byte) => value * 256n + BigInt(byte), 0n);

  function noteFailure(error: unknown, failuresBefore: number): void {
    // Of requests at one time, those that fail are one failure.
    failures = Math.max(failures, failuresBefore + 1);
    const atMs = now();
    lastError = { message: (error as Error).message, atMs };
    const tellingMs = monotonicMs();
    if (failing !== undefined && tellingMs - failing.toldMs < REPEAT_MS) return;
    const sinceMs = failing?.sinceMs ?? atMs;
    failing = { sinceMs, toldMs: tellingMs };
    log.warn({ err: error, authority: name, failures, since: formatTime(sinceMs) }, "no timestamp");
  }

  function noteSuccess(): void {
    if (failures > 0) log.info({ authority: name, failures }, "the time-stamping authority answers again");
    failures = 0;
    isDoubted = false;
    failing = undefined;
    lastSuccessMs = now();
  }

  return {
    name,
    url,
    isAlive: () => failures === 0 && !isDoubted,
    isAway: () => failures > 1,
    failures: () => failures,
    lastSuccessMs: () => lastSuccessMs,
    lastError: () => lastError,
    restMs: () => restMs(BACKOFF, failures),
    stamp: async (message) => {
      const failuresBefore = failures;
      try {
        const token = await ask(message);
        noteSuccess();
        return token;
      } catch (error) {
        if (!signal.aborted) {
          noteFailure(error, failuresBefore);
          tellOfFailure();
        }
        throw error;
      }
    },
    doubt: () => {
      isDoubted = true;
    },
  };
}
