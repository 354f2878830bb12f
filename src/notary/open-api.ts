/**
 * What answers requests: it deposits, reads and administers. It signs receipts, and nothing else; whatever only one process
 * may do it asks of the worker. All that it says of a deposit it reads from the store, so that it is as right as any other.
 */
import { parseConsortium } from "../core/trust/consortium.js";
import { administration } from "./accounts/administer.js";
import { createAuthentication } from "./accounts/authenticate.js";
import { refuseOthers, refuseUnlessDepositor } from "./model/access.js";
import { manyCertificates } from "./certificates/many-certificates.js";
import { deposit } from "./depositing/deposit.js";
import { resultOf, statementOf } from "./depositing/receipts.js";
import { resumeChain } from "./depositing/resume-chain.js";
import { stageOriginal } from "./depositing/stage-original.js";
import { openFinalityBoard } from "./finality/finality-board.js";
import { depositorClasses } from "./finality/finality.js";
import { failingImpairments, storageImpairments } from "./halts/impairments.js";
import { watchStorage } from "./halts/watch-storage.js";
import { createBatchProofs } from "./ledger/batch-proofs.js";
import type { Against, Principal, Readiness, StorageStanding } from "./model/model.js";
import type { Notary } from "./model/notary.js";
import { Refusal } from "./model/refusal.js";
import type { NotarySettings } from "./model/settings.js";
import type { StoredDeposit } from "./ports/deposits.js";
import type { Ports } from "./ports/ports.js";
import type { Worker } from "./ports/worker.js";
import { confirmDigest, openOriginal } from "./reading/content.js";
import { depositState } from "./reading/deposit-state.js";
import { makeEvidence } from "./reading/evidence.js";
import { findDeposit, findOwnDeposit } from "./reading/locate-deposit.js";
import { chainPage } from "./reading/own-chain.js";
import { ledgerReads } from "./reading/serve-ledger.js";
import { storedStatus } from "./standing/status.js";
import { judgeReach } from "./trust/trust.js";

export type ApiPorts = Pick<
  Ports,
  | "store"
  | "bell"
  | "originals"
  | "now"
  | "monotonicMs"
  | "nextId"
  | "randomBytes"
  | "hashOnce"
  | "createDigester"
  | "verifyEd25519"
  | "verifyMlDsa44"
  | "verifyX509Signature"
  | "freeBytes"
  | "receiptSigner"
  | "failingWorkers"
  | "log"
>;

export interface ApiSettings extends Pick<
  NotarySettings,
  "software" | "consortium" | "sealing" | "minFreeBytes"
> {
  /** The log's key, which this process need not have. */
  readonly logVkey: string;
}

export async function openApi(ports: ApiPorts, settings: ApiSettings, worker: Worker): Promise<Notary> {
  const { store, log } = ports;
  const consortium = parseConsortium(settings.consortium);
  const { origin } = consortium.log;
  const classes = depositorClasses(consortium, await store.listOrganisations());
  const canBeFinal = judgeReach(consortium);
  const board = await openFinalityBoard(ports, classes);
  const authentication = createAuthentication(ports);
  const evidenceSettings = { classes, batchProofs: createBatchProofs(ports), consortium };
  const views = { store, classes, board };
  const storage = watchStorage(ports, settings.minFreeBytes);
  const depositing = {
    ...{ origin, sealing: settings.sealing, worker },
    canBeFinal: (organisation: Principal["organisation"]) => canBeFinal(classes.of(organisation)),
  };
  const under = new Set<Promise<unknown>>();
  let isClosed = false;

  const make = async (by: Principal, id: string, against: Against) =>
    makeEvidence(ports, evidenceSettings, await findOwnDeposit(store, by, id), against);
  const waitFor = (one: StoredDeposit, timeoutMs: number) =>
    board.wait(classes.of(statementOf(one).depositor), one.seq, timeoutMs);
  /** Whether there is room is known best by who writes. */
  const writing = async <T>(write: () => Promise<T>): Promise<T> => {
    if (isClosed) throw new Refusal("stopping", "the service is stopping", { retryAfterSeconds: 5 });
    const written = write();
    under.add(written);
    try {
      return await written;
    } catch (error) {
      if (error instanceof Refusal && error.code === "storage-full") await storage.noteRefused();
      throw error;
    } finally {
      under.delete(written);
    }
  };

  /** What is wrong with the worker, and what is wrong in this process alone. */
  const withOwn = (
    { impairments }: Pick<Readiness, "impairments">,
    own: StorageStanding,
  ): Readiness["impairments"] => {
    const found = [
      ...impairments,
      ...storageImpairments(own),
      ...failingImpairments(ports.failingWorkers?.() ?? []),
    ];
    return [...new Map(found.map((one) => [one.code, one])).values()];
  };

  return {
    identity: {
      origin,
      software: settings.software,
      logVkey: settings.logVkey,
      receiptVkey: ports.receiptSigner.vkey,
      consortium: settings.consortium,
    },
    authenticate: (token) => authentication.authenticate(token),
    ...administration(store, authentication, log),
    appendChange: async (by, change) => {
      refuseOthers(by);
      return worker.appendChange(by, change);
    },
    status: async (by) => {
      refuseOthers(by);
      const [work, own, stored] = await Promise.all([
        worker.status(),
        storage.standing(),
        storedStatus(store, board.deferred()),
      ]);
      return {
        ...{ software: settings.software, ...stored, ...work },
        storage: { ...own, isFull: own.isFull || work.storage?.isFull === true },
        impairments: withOwn(work, own),
      };
    },

    stageOriginal: async (content, options) => {
      // Before a large body has come: it would be refused when it has.
      worker.refuseHalted("deposits");
      return writing(() => stageOriginal(ports, settings, content, options));
    },
    deposit: async (by, request) => {
      const result = await writing(() => deposit(ports, depositing, by, request));
      storage.noteWritten();
      return result;
    },

    halts: () => worker.halts(),
    readiness: async () => {
      const [readiness, own] = await Promise.all([worker.readiness(), storage.standing()]);
      return {
        ...readiness,
        isFull: readiness.isFull || own.isFull,
        impairments: withOwn(readiness, own),
      };
    },
    depositState: async (id) => depositState(ports, { consortium, classes }, await findDeposit(store, id)),
    whenFinal: async (id, timeoutMs) => waitFor(await findDeposit(store, id), timeoutMs),
    waitForFinality: async (id, timeoutMs) => {
      const found = await findDeposit(store, id);
      await waitFor(found, timeoutMs);
      return depositState(ports, { consortium, classes }, found);
    },
    confirmDigest: async (id, digest) => confirmDigest(await findDeposit(store, id), digest),

    depositResult: async (by, id) =>
      resultOf(
        await findOwnDeposit(store, by, id),
        { origin, receiptSigner: ports.receiptSigner },
        { replayed: true },
      ),
    original: async (by, id) => openOriginal(ports.originals, await findOwnDeposit(store, by, id)),
    resumeChain: async (by, chainId, shown) => {
      worker.refuseHalted("deposits");
      return resumeChain(ports, consortium, by, { chainId, shown });
    },
    chain: (by, chainId, page = {}) => chainPage(views, by, chainId, page),
    evidence: async (by, id, { against = "final" } = {}) => (await make(by, id, against)).evidence,
    ledgerProof: async (by, id, { against = "final" } = {}) => {
      const { ledgerProof, entry } = await make(by, id, against);
      return { proof: ledgerProof, entry };
    },
    certificate: async (by, id, { language, issue = "newest" }) => {
      refuseOtherLanguages(language);
      await findOwnDeposit(store, by, id);
      if (issue === "new") refuseUnlessDepositor(by, "only depositors have a certificate issued once more");
      return worker.certificate(id, language, issue);
    },
    certificates: async (by, ids, { language }) => {
      refuseOtherLanguages(language);
      return manyCertificates({ store, classes, worker }, by, ids, language);
    },

    ...ledgerReads(store),

    close: async () => {
      isClosed = true;
      await Promise.allSettled(under);
      await board.close();
    },
  };
}

function refuseOtherLanguages(language: string): void {
  if (language !== "zh" && language !== "en")
    throw new Refusal("language-unknown", "there is no certificate in this language", {
      got: language,
      want: "zh or en",
    });
}
