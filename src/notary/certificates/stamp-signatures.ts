/**
 * The time-stamps of certificates' signatures: at the issue where an authority answers in time, and by a job afterwards, one a
 * certificate. A certificate whose job is dead stays as it was handed out, and holds up nobody behind it.
 *
 * Crash story: an issue that awaits its time-stamp is a row that says so; the job is asked for after it is durable. Where the
 * process dies in between, or the job can't be stored, the certificate is found by what its row says: at the next start, and
 * every ten minutes. What was issued before there were jobs, or is found in a backup that was put back, is found in the same
 * way. A token joins a signature by compare-and-swap, so that of two one stays, whatever is run twice.
 */
import type { Consortium } from "../../core/trust/consortium.js";
import { MalformedError } from "../../pki/der/der.js";
import { TimestampError } from "../../pki/der/timestamp-error.js";
import { signatureValueOf, withSignatureTimestamp } from "../../pki/signature/detached-signature.js";
import { DetachedSignatureError } from "../../pki/signature/detached-signature-error.js";
import { tightToken } from "../../pki/timestamps/tight-token.js";
import { timestampAnchors } from "../../pki/x509/authorities.js";
import { askForJob, HopelessError, type JobKind, type JobPorts } from "../jobs/run-jobs.js";
import type { Backoff } from "../model/backoff.js";
import type { CertificateLanguage } from "../model/model.js";
import { Refusal } from "../model/refusal.js";
import { startWorkLoop } from "../model/work-loop.js";
import { type CertificateKey, type CertificateOrder, NotMadeError } from "../ports/certificates.js";
import type { Ports } from "../ports/ports.js";
import type { EvidenceSettings } from "../reading/evidence.js";
import { findDeposit } from "../reading/locate-deposit.js";
import type { Stamper } from "../timestamping/timestamping.js";
import { orderOf, type OrderPorts } from "./certificate-order.js";

export interface StampedSignature {
  readonly signature: Uint8Array;
  /** The file with it, checked. */
  readonly pdf: Uint8Array;
}

export interface SignatureStamping {
  /** The signature with a token over it and the file that comes of it; undefined where there is no token in time. */
  stamp(
    signature: Uint8Array,
    order: CertificateOrder,
    options: { readonly waitMs: number; readonly signal?: AbortSignal },
  ): Promise<StampedSignature | undefined>;
  /** Asks for the job of a certificate that was stored as awaiting its time-stamp. It never rejects. */
  askFor(key: CertificateKey): Promise<void>;
  readonly kind: JobKind;
  close(): Promise<void>;
}

export type SignatureStampingPorts = OrderPorts &
  JobPorts &
  Pick<Ports, "certificates" | "verifyX509Signature">;

const KIND = "certificate-timestamp";
/** Nobody waits for it: an authority may take its time. */
const WAIT_MS = 10_000;
const TIMEOUT_MS = 30_000;
const [AT_ONCE, ATTEMPTS] = [4, 10];
/** Ten attempts take half an hour. While no authority answers none is made. */
const BACKOFF: Backoff = { firstMs: 5000, longestMs: 600_000 };

const SEARCH_EVERY_MS = 600_000;
const SEARCH_BACKOFF: Backoff = { firstMs: 5000, longestMs: 60_000 };
const FOUND_AT_ONCE = 500;

export function startSignatureStamping(
  ports: SignatureStampingPorts,
  evidence: EvidenceSettings & { readonly consortium: Consortium },
  stamper: Stamper,
): SignatureStamping {
  const { store, certificates: maker, log } = ports;

  const stamp: SignatureStamping["stamp"] = async (signature, order, options) => {
    const message = signatureValueOf(signature);
    const stamped = await stamper.stamp(message, options);
    if (stamped === undefined) return undefined;
    const asked = { message, ...timestampAnchors(evidence.consortium), verify: ports.verifyX509Signature };
    const token = tightToken(stamped.token, asked);
    const complete = withSignatureTimestamp(signature, token);
    return { signature: complete, pdf: await maker.make(order, complete) };
  };

  async function complete(key: CertificateKey, signal: AbortSignal): Promise<void> {
    const issued = await store.findCertificate(key.depositId, key.language, key.issue);
    if (issued?.awaitsTimestamp !== true) return;
    const order = await orderOf(ports, evidence, await findDeposit(store, key.depositId), issued);
    const stamped = await stamp(issued.signature, order, { waitMs: WAIT_MS, signal });
    if (stamped === undefined) throw new Error("no time-stamping authority has given a token in time");
    await store.stampCertificate(key, stamped.signature);
  }

  const ask = (key: CertificateKey) => askForJob(ports, { kind: KIND, key: textOf(key) });

  async function searchAll(): Promise<void> {
    for (let after: number | undefined; ;) {
      const found = await store.certificatesAwaitingTimestamp({ after, limit: FOUND_AT_ONCE });
      for (const key of found) await ask(key);
      if (found.length < FOUND_AT_ONCE) return;
      after = found.at(-1)?.place;
    }
  }

  const searching = startWorkLoop({
    look: searchAll,
    everyMs: SEARCH_EVERY_MS,
    backoff: SEARCH_BACKOFF,
    tell: (error) => {
      log.error({ err: error }, "jobs for signatures can't be asked for; it is tried again");
    },
  });

  return {
    stamp,
    askFor: async (key) => {
      await ask(key).catch(() => {
        searching.ring();
      });
    },
    kind: {
      kind: KIND,
      run: async (text, signal) => {
        try {
          await complete(keyOf(text), signal);
        } catch (error) {
          // A thread that died, a disk that did not answer: what is owed stays owed, and is tried again.
          if (!isLastWord(error)) throw error;
          // Its signing certificate has ended meanwhile, say, or its evidence is no longer final.
          throw new HopelessError((error as Error).message, { cause: error });
        }
      },
      mayRun: () => stamper.isAlive(),
      ...{ backoff: BACKOFF, attempts: ATTEMPTS, atOnce: AT_ONCE, timeoutMs: TIMEOUT_MS },
    },
    close: () => searching.close(),
  };
}

const textOf = ({ depositId, language, issue }: CertificateKey): string =>
  `${depositId}/${language}/${issue}`;

function keyOf(text: string): CertificateKey {
  const [depositId = "", language = "", issue = ""] = text.split("/");
  return { depositId, language: language as CertificateLanguage, issue: Number(issue) };
}

/** Said of the signature, of its token or of the evidence: it would be said again. */
const isLastWord = (error: unknown): boolean =>
  [NotMadeError, Refusal, DetachedSignatureError, TimestampError, MalformedError].some(
    (kind) => error instanceof kind,
  );
