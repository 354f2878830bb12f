/**
 * That this notary signs one ledger. A store that was put back to an older state, a second copy of it on another machine, a
 * disk that comes back after the service went on elsewhere: each would sign a second branch, and so convict its operator.
 * What the log's key has signed is known beside the key (`SignedMark`) and to the nodes that have cosigned it. Both are
 * compared with the store: the mark at the start; the nodes before anything is signed or leaves, so many of them that no
 * quorum can have come about without one of those that answered; and each that answers once more before every signature.
 *
 * Where either shows more than the store, or another branch, it is a halt for this process (`ledger-behind`): no deposit is
 * taken, nothing is signed, nothing that was signed leaves. `cunzheng recover` is the way on.
 *
 * Crash story: a checkpoint is stored, then marked, then shown. A crash in between leaves a mark that is behind the store
 * and of its branch, which the next start mends.
 */
import type { Backoff } from "../model/backoff.js";
import { lastingSize, type Consortium } from "../../core/trust/consortium.js";
import { isQuorumReachable } from "../../core/trust/quorum.js";
import { type AskedNode, askCosigned, type CosignedAnswer, isOfLedger } from "./ask-cosigned.js";
import type { Halts } from "../halts/halts.js";
import type { MarkedTree } from "../ports/host.js";
import type { Ports } from "../ports/ports.js";
import type { StoredCheckpoint } from "../ports/ledger.js";
import { Refusal } from "../model/refusal.js";
import { startWorkLoop, type WorkLoop } from "../model/work-loop.js";

export interface BranchGuard {
  /** Whether a checkpoint may be signed now. Asks the nodes what they have cosigned. */
  maySign(): Promise<boolean>;
  /** Throws a `Refusal` where `maySign` is false. */
  beforeSigning(): Promise<void>;
  /** Whether what the store has may be shown to anybody. */
  mayLeave(): boolean;
  /** Before a checkpoint leaves: durable on return. */
  noteSigned(checkpoint: MarkedTree): void;
  /** A node has answered as if it knew another ledger: it is asked to show it. */
  suspect(client: AskedNode["client"]): void;
  /** The nodes whose answer is awaited before anything is signed; none afterwards. */
  awaited(): readonly string[];
  close(): Promise<void>;
}

export interface GuardSettings {
  readonly consortium: Consortium;
  readonly newest: StoredCheckpoint;
  readonly halts: Halts;
  readonly timeoutMs: number;
  /** Is called when signatures may be given, from then on. */
  readonly noteConfirmed: () => void;
}

type GuardPorts = Pick<Ports, "store" | "witnesses" | "logMark" | "verifyEd25519" | "verifyMlDsa44" | "log">;

/** Enough have answered: so long the others are waited for all the same, at the start. */
const GRACE_MS = 1000;
/** Before a signature, for the nodes that answered when last asked. */
const ASK_AGAIN_MS = 500;
/** After a first failed question: 250 ms, 500 ms... and then every 5 s. */
const BACKOFF: Backoff = { firstMs: 250, longestMs: 5000 };
const TELL_EVERY_MS = 60_000;

interface Asked extends AskedNode {
  answer?: CosignedAnswer;
  /** Under way: no node is asked twice at one time. */
  asking?: Promise<void>;
}

export async function openBranchGuard(ports: GuardPorts, settings: GuardSettings): Promise<BranchGuard> {
  const { store, logMark, log } = ports;
  const { consortium, newest, halts, timeoutMs } = settings;
  const stop = new AbortController();
  const nodes = nodesOf(ports, consortium);
  const context = {
    origin: consortium.log.origin,
    logVkeys: [...consortium.log.vkeys, ...consortium.log.former.map(({ vkey }) => vkey)],
  };
  let state: "asking" | "confirmed" | "halted" = "asking";
  let isGraceOver = false;
  let again: ReturnType<typeof setTimeout> | undefined;

  function halt(signed: MarkedTree, storedSize: number, from: string): void {
    if (state === "halted") return;
    state = "halted";
    halts.declare("ledger-behind", {
      message:
        `this notary's store ends at ${storedSize} entries, and its log has signed ` +
        `${signed.treeSize > storedSize ? `${signed.treeSize}` : `another ledger of ${signed.treeSize}`} (known from ${from}): ` +
        "the store was put back to an older state, or the key signs elsewhere too. Stop the service and run `cunzheng recover`",
      detail: { got: String(storedSize), want: String(signed.treeSize) },
      stops: ["deposits", "signing"],
    });
    halts.end("ledger-unconfirmed");
  }

  async function ask(node: Asked, ms: number): Promise<void> {
    node.asking ??= askOnce(node, ms).finally(() => {
      delete node.asking;
    });
    return node.asking;
  }
  async function askOnce(node: Asked, ms: number): Promise<void> {
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(ms)]);
    const answer = await askCosigned(ports, node, { ...context, signal });
    if (stop.signal.aborted) return;
    node.answer = answer;
    if (answer.kind !== "shows-more") return;
    const { treeSize = 0 } = (await store.newestCheckpoint()) ?? {};
    halt(answer.checkpoint, treeSize, `node ${node.name}`);
  }

  /** No quorum can have come about among those alone who have not answered, at any size from the store's on. */
  function isEnough(): boolean {
    const silent = nodes
      .filter(({ answer }) => answer?.kind !== "fits")
      .flatMap(({ cosigners }) => cosigners);
    const among = { ...consortium, witnesses: consortium.witnesses.filter((one) => silent.includes(one)) };
    return !sizesFrom(consortium, newest.treeSize).some((treeSize) =>
      isQuorumReachable({ consortium: among, treeSize, depositor: undefined, parties: [] }),
    );
  }

  function confirm(): void {
    if (state !== "asking") return;
    try {
      logMark.raise(newest);
    } catch (error) {
      log.error(
        { err: error },
        "what the log's key has signed could not be marked beside it; it is tried again",
      );
      again = setTimeout(review, BACKOFF.longestMs).unref();
      return;
    }
    state = "confirmed";
    halts.end("ledger-unconfirmed");
    if (nodes.length > 0)
      log.info({ treeSize: newest.treeSize }, "the nodes have cosigned nothing beyond this store");
    settings.noteConfirmed();
  }

  const awaited = () =>
    state === "asking"
      ? nodes
          .filter(({ answer }) => answer?.kind !== "fits")
          .map(({ name, answer }) => ({
            ...{ name, why: answer?.kind === "silent" ? answer.why : "no answer yet" },
          }))
      : [];

  function review(): void {
    if (state !== "asking") return;
    const haveAll = nodes.every(({ answer }) => answer?.kind === "fits");
    if (haveAll || (isGraceOver && isEnough())) confirm();
  }

  /** Asks a node until it has answered, or the others' answers were enough. */
  const askUntilAnswered = (node: Asked): WorkLoop =>
    startWorkLoop({
      look: async () => {
        if (state !== "asking") return;
        await ask(node, timeoutMs);
        review();
        if (node.answer?.kind !== "fits") throw new Error(`node ${node.name} has not answered`);
      },
      backoff: BACKOFF,
      // The nodes that are awaited are told together.
      tell: () => undefined,
    });

  function tell(): void {
    if (state === "asking")
      log.warn(
        { awaited: awaited() },
        "nothing is signed until enough nodes have shown what they have cosigned",
      );
  }

  await judgeMark();
  const asking = nodes.map(askUntilAnswered);
  const grace = setTimeout(() => {
    isGraceOver = true;
    review();
    tell();
  }, GRACE_MS).unref();
  const telling = setInterval(tell, TELL_EVERY_MS).unref();
  // At once where there is nobody to ask.
  review();

  /** What the key is known to have signed, against what is stored; where nothing is known of it the nodes decide. */
  async function judgeMark(): Promise<void> {
    const mark = logMark.latest();
    if (mark !== undefined) {
      if (!(await isOfLedger(store, mark))) halt(mark, newest.treeSize, "the mark beside its key");
    } else if (newest.treeSize > 0) {
      halts.declare("ledger-unconfirmed", {
        message:
          "nothing beside the log's key says what it has signed, so nothing is taken or signed until enough nodes have " +
          "shown that they have cosigned nothing beyond this store: it goes on by itself then",
        stops: ["deposits", "signing"],
      });
    }
  }

  async function maySign(): Promise<boolean> {
    if (state !== "confirmed") return false;
    // Those who are away are not waited for: their answer comes to be known when they are back.
    const questions = nodes.map((node) => ({
      isAwaited: node.answer?.kind === "fits",
      answered: ask(node, ASK_AGAIN_MS),
    }));
    await Promise.all(questions.flatMap(({ isAwaited, answered }) => (isAwaited ? [answered] : [])));
    return isConfirmed();
  }
  const isConfirmed = () => state === "confirmed";

  return {
    maySign,
    beforeSigning: async () => {
      if (await maySign()) return;
      halts.refuse("signing");
      throw new Refusal("ledger-unconfirmed", "enough nodes have not said yet what they have cosigned", {
        retryAfterSeconds: 5,
      });
    },
    mayLeave: isConfirmed,
    noteSigned: (tree) => {
      logMark.raise(tree);
    },
    suspect: (client) => {
      const node = nodes.find((one) => one.client === client);
      if (node !== undefined) void ask(node, timeoutMs);
    },
    awaited: () => awaited().map(({ name }) => name),
    close: async () => {
      stop.abort();
      for (const timer of [grace, again]) clearTimeout(timer);
      clearInterval(telling);
      await Promise.all([
        ...asking.map((loop) => loop.close()),
        ...nodes.flatMap((node) => node.asking ?? []),
      ]);
    },
  };
}

/** The nodes, each address once; those that have left for good are asked no more. */
function nodesOf({ witnesses }: GuardPorts, consortium: Consortium): Asked[] {
  const byClient = new Map<AskedNode["client"], Asked>();
  for (const witness of consortium.witnesses) {
    const client = witnesses.get(witness.name);
    if (client === undefined) throw new Error(`internal: no client for witness ${witness.name}`);
    const { name = witness.name, cosigners = [] } = byClient.get(client) ?? {};
    byClient.set(client, { name, client, cosigners: [...cosigners, witness] });
  }
  return [...byClient.values()];
}

/** One tree size of each term from `size` on: between them neither rules nor keys change. */
function sizesFrom(consortium: Consortium, size: number): number[] {
  const named = [
    ...consortium.quorum.former.map(({ until }) => until),
    ...consortium.witnesses.flatMap(({ from = 0, until = 0 }) => [from, until]),
    lastingSize(consortium),
  ];
  return [...new Set([size, size + 1, ...named.filter((one) => one > size)])];
}
