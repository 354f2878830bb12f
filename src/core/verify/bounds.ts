/**
 * By when something existed. A cosigner's time is whole seconds, cut off: whoever signed "at" 08:00:01 may have signed
 * at any moment before 08:00:02, and until then nothing is said to have existed. docs/evidence-format.md, "Times of the
 * report".
 */
import { formatTime, parseTime } from "../record/time.js";

export interface BoundedBy {
  /** This is the second, cut off, of the cosignature with which the quorum was complete. */
  readonly metAtSeconds: number;
  readonly receivedAt: string;
  readonly sealedAt: string;
}

/**
 * Gives the least whole second that is after `metAtSeconds` and before neither receipt nor sealing, whose clock may
 * be ahead of the cosigners'. It is undefined where that second would lie in the year 10000, which no time of ours
 * can say.
 */
export function existedNotLaterThan({ metAtSeconds, receivedAt, sealedAt }: BoundedBy): string | undefined {
  const second = Math.max(metAtSeconds + 1, secondNotBefore(receivedAt), secondNotBefore(sealedAt));
  return second > LAST_SECOND ? undefined : formatTime(second * 1000);
}

/**
 * Gives the whole second after a token's genTime and the accuracy that it claims: most authorities cut genTime off to
 * seconds too. It is undefined where that second would lie in the year 10000, by an accuracy of ages say.
 */
export function stampedNotLaterThan(info: {
  readonly genTimeMs: number;
  readonly accuracyMs: number;
}): string | undefined {
  const second = Math.floor((info.genTimeMs + info.accuracyMs) / 1000) + 1;
  return second > LAST_SECOND ? undefined : formatTime(second * 1000);
}

const secondNotBefore = (time: string): number => Math.ceil(parseTime(time) / 1000);
const LAST_SECOND = parseTime("9999-12-31T23:59:59.000Z") / 1000;
