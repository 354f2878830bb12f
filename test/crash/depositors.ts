/**
 * A bank's systems at work, as the API asks of them: whoever sends an `Idempotency-Key` asks again until there is an
 * answer; whoever sends none never does, since that could deposit twice. They go on while the notary dies and comes
 * back, and keep every answer they ever got.
 */
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type Answer, metadataHeader, type Sent } from "../http/client.js";
import type { Random } from "../../scripts/random.js";
import type { SampleService } from "../story/sample-service.js";

/** A 201 that arrived whole. */
export interface Answered {
  readonly id: string;
  /** base64, as in the answer. */
  readonly leafHash: string;
  readonly receipt: string;
  readonly request: DepositRequest;
  /** `Idempotent-Replayed`: an earlier request, unanswered, had been committed. */
  readonly replayed: boolean;
}

export interface DepositRequest {
  /** Its own name, in the statement too. */
  readonly clientRef: string;
  readonly hasKey: boolean;
  readonly sent: Sent;
  /** SHA-256 in base64, where the content is retained. */
  readonly retained?: string;
  /** The place in the chain that it asserts. */
  readonly sequence?: number;
}

export interface Depositors {
  readonly answers: readonly Answered[];
  /** Cut off before the whole answer: nobody told whether it was deposited. */
  readonly unanswered: readonly DepositRequest[];
  /** Answers other than 201. */
  readonly refusals: readonly Answer[];
  inFlight(): number;
  /** Resolves when `count` more answers have come. */
  answered(count: number): Promise<void>;
  /** No new request; resolves when every keyed one is answered. */
  end(): Promise<void>;
  /** They go home, answered or not: after a test that failed. */
  abandon(): void;
}

/**
 * What is wrong with what is stored, by the names (`clientRef`) in its statements: an answered request with a key that is not there
 * exactly once, a name that is there twice, and one that nobody sent.
 */
export function faultsOfRefs(
  refs: readonly (string | undefined)[],
  { answers, unanswered }: Pick<Depositors, "answers" | "unanswered">,
) {
  const counted = new Map<string, number>();
  for (const ref of refs) if (ref !== undefined) counted.set(ref, (counted.get(ref) ?? 0) + 1);
  const asked = new Set(
    [...answers.map(({ request }) => request), ...unanswered].map(({ clientRef }) => clientRef),
  );
  return {
    keyedNotOnce: answers.filter(({ request }) => request.hasKey && counted.get(request.clientRef) !== 1),
    twice: [...counted].filter(([, count]) => count > 1),
    unasked: [...counted.keys()].filter((ref) => !asked.has(ref)),
  };
}

export const NO_FAULTS_OF_REFS = { keyedNotOnce: [], twice: [], unasked: [] };

type Compose = (random: Random, serial: number) => Omit<DepositRequest, "clientRef">;

const BETWEEN_ATTEMPTS_MS = 200;
const LONGEST_PATIENCE_MS = 40;
const MAX_ORIGINAL_BYTES = 60_000;

/** `chains` are of the service: the first is shared, the second has one writer, which asserts each sequence. */
export function startDepositors(
  service: Pick<SampleService, "call">,
  random: Random,
  chains: readonly [shared: string, owned: string],
): Depositors {
  const answers: Answered[] = [];
  const unanswered: DepositRequest[] = [];
  const refusals: Answer[] = [];
  const waiting = new Set<() => void>();
  let inFlight = 0;
  let ending = false;
  let abandoned = false;

  /** One attempt: true when there is nothing to be asked again. */
  async function attempt(request: DepositRequest, own: Random): Promise<boolean> {
    inFlight += 1;
    try {
      const signal = request.hasKey && own.between(1, 4) === 1 ? impatience(own) : undefined;
      const answer = await service.call("POST /v1/deposits", { ...request.sent, ...(signal && { signal }) });
      if (answer.status === 201) {
        const { id, leafHash, receipt } = answer.json as Answered;
        const replayed = answer.headers.get("idempotent-replayed") === "true";
        answers.push({ id, leafHash, receipt, request, replayed });
        for (const look of [...waiting]) look();
      } else refusals.push(answer);
      return true;
    } catch (error) {
      if (isNeverSent(error)) return false;
      unanswered.push(request);
      return !request.hasKey;
    } finally {
      inFlight -= 1;
    }
  }

  async function work(name: string, own: Random, compose: Compose): Promise<void> {
    for (let serial = 1; !ending; serial++) {
      const request = named(`${name}-${serial}`, compose(own, serial));
      while (!(await attempt(request, own))) {
        if (abandoned || (ending && !request.hasKey)) return;
        await delay(BETWEEN_ATTEMPTS_MS);
      }
    }
  }

  const systems: readonly (readonly [string, Compose])[] = [
    ...[1, 2, 3].map((n) => [`keyed-${n}`, recordOf(true)] as const),
    ...[1, 2, 3].map((n) => [`once-${n}`, recordOf(false)] as const),
    ...[1, 2].map((n) => [`shared-chain-${n}`, linkOf(chains[0])] as const),
    ["own-chain", linkOf(chains[1], true)],
    ...[1, 2].map((n) => [`retained-${n}`, retainedContent] as const),
  ];
  const running = systems.map(([name, compose]) => work(name, random.fork(), compose));
  return {
    answers,
    unanswered,
    refusals,
    inFlight: () => inFlight,
    answered: (count) =>
      new Promise((resolve) => {
        const wanted = answers.length + count;
        const look = () => {
          if (answers.length < wanted) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    end: async () => {
      ending = true;
      await Promise.all(running);
    },
    abandon: () => {
      ending = abandoned = true;
    },
  };
}

/** Some give up before the answer, and some of those just after the commit: then only the key knows. */
const impatience = (own: Random) => AbortSignal.timeout(own.between(1, LONGEST_PATIENCE_MS));

/** The notary was not there: nothing of the request has left. */
function isNeverSent(error: unknown): boolean {
  return ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === "ECONNREFUSED";
}

/** The request with its name in the statement and, where it is to be asked again, as its key. */
function named(clientRef: string, { sent, ...rest }: Omit<DepositRequest, "clientRef">): DepositRequest {
  const headers = { ...sent.headers, ...(rest.hasKey && { "Idempotency-Key": `"${clientRef}"` }) };
  const isStream = sent.body instanceof Uint8Array;
  const body = sent.body as { metadata: object };
  return {
    ...rest,
    clientRef,
    sent: isStream
      ? { ...sent, headers: { ...headers, ...metadataHeader({ ...STREAMED, clientRef }) } }
      : { ...sent, headers, body: { ...body, metadata: { ...body.metadata, clientRef } } },
  };
}

const STREAMED = { recordType: "loan.contract", mediaType: "application/pdf", retain: true };

const envelope = (random: Random, metadata: object = {}): Sent => ({
  body: {
    metadata: { recordType: "loan.repayment", ...metadata },
    record: { amountPaid: `${random.between(1, 99_999)}.00` },
  },
});

const recordOf =
  (hasKey: boolean): Compose =>
  (random) => ({ hasKey, sent: envelope(random) });

const linkOf =
  (id: string, asserts = false): Compose =>
  (random, serial) => {
    // The chain began with a deposit of its own.
    const sequence = serial + 1;
    const chain = { id, ...(asserts && { sequence }) };
    return { hasKey: true, sent: envelope(random, { chain }), ...(asserts && { sequence }) };
  };

const retainedContent: Compose = (random) => {
  const body = random.bytes(random.between(1, MAX_ORIGINAL_BYTES));
  return {
    hasKey: true,
    sent: { type: "application/octet-stream", body },
    retained: createHash("sha256").update(body).digest("base64"),
  };
};
