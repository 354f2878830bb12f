/** The notary: its use cases put together, and the loop that seals, appends and gathers cosignatures. */
import { parseConsortium } from "../core/trust/consortium.js";
import { timestampAuthorities } from "../pki/timestamps/check-timestamps.js";
import { newActivity } from "./model/activity.js";
import { administration, refuseOthers } from "./accounts/administer.js";
import { openBranchGuard } from "./sealing/branch-guard.js";
import { appendBatches, openLedger } from "./sealing/append-batches.js";
import { openChangeDesk } from "./sealing/append-change.js";
import { createAuthentication } from "./accounts/authenticate.js";
import { openCertificateDesk } from "./certificates/certificates.js";
import { createBatchProofs } from "./ledger/batch-proofs.js";
import { confirmDigest, openOriginal } from "./reading/content.js";
import { createDepositing } from "./depositing/deposit.js";
import { depositState } from "./reading/deposit-state.js";
import { makeEvidence } from "./reading/evidence.js";
import { depositorClasses, openFinalityBoard } from "./finality/finality.js";
import { startGathering } from "./finality/gather-cosignatures.js";
import { openHalts } from "./halts/halts.js";
import { findDeposit, findOwnDeposit } from "./reading/locate-deposit.js";
import { manyCertificates } from "./certificates/many-certificates.js";
import type { Against, HaltedWork, Principal } from "./model/model.js";
import type { Notary } from "./model/notary.js";
import { chainPage } from "./reading/own-chain.js";
import type { Ports } from "./ports/ports.js";
import type { StoredDeposit } from "./ports/deposits.js";
import { resultOf, statementOf } from "./depositing/receipts.js";
import { resumeChain } from "./depositing/resume-chain.js";
import { Refusal } from "./model/refusal.js";
import { sealBatches } from "./sealing/seal-batches.js";
import { startSequencer } from "./sealing/sequencer.js";
import { ledgerReads } from "./reading/serve-ledger.js";
import type { NotarySettings } from "./model/settings.js";
import { stageOriginal } from "./depositing/stage-original.js";
import { notaryReadiness, notaryStatus, type ReadinessSources } from "./standing/status.js";
import { startTimestamping } from "./timestamping/timestamping.js";
import { judgeReach, refuseUnfitTrust, warnOfQuorum } from "./trust/trust.js";
import { watchClock } from "./standing/watch-clock.js";
import { watchStorage } from "./halts/watch-storage.js";

/**
 * Opens the notary on a data folder that this process has locked, and begins by finishing whatever an earlier process
 * left unfinished: there is no other recovery than the normal path. Throws where keys and trust file do not fit.
 */
export async function openNotary(ports: Ports, settings: NotarySettings): Promise<Notary> {
  const { store, log } = ports;
  const consortium = parseConsortium(settings.consortium);
  refuseUnfitTrust(consortium, ports);
  timestampAuthorities(ports.verifyX509Signature)(consortium); // Throws where a certificate in it is none.
  const { origin } = consortium.log;
  const classes = depositorClasses(consortium, await store.listOrganisations());
  const canBeFinal = judgeReach(consortium);
  const unreachable = classes.all.filter((name) => !canBeFinal(name));
  warnOfQuorum(consortium, unreachable, ports);

  const halts = openHalts(ports);
  const swept = await ports.originals.sweep((sha256) => store.isOriginalKept(sha256));
  if (swept > 0) log.info({ swept }, "ended uploads that a crash had left");
  const newest = await openLedger(ports, origin);
  const board = await openFinalityBoard(store, classes);
  const activity = newActivity();
  const timestamping = await startTimestamping(ports, { consortium, ...settings.timestamps });
  let goOn: () => void = () => undefined;
  let waits = false;
  const maySign = async () => {
    waits = true;
    const may = await guard.maySign();
    waits = !may;
    return may;
  };
  const guard = await openBranchGuard(ports, {
    ...{ consortium, newest, halts, timeoutMs: settings.witnessTimeoutMs },
    noteConfirmed: () => {
      goOn();
    },
  });
  const gatherer = await startGathering(ports, {
    ...{ consortium, classes, board, newest },
    mayLeave: () => guard.mayLeave(),
    noteSigned: (checkpoint) => {
      guard.noteSigned(checkpoint);
    },
    suspect: (client) => {
      guard.suspect(client);
    },
    noteFinal: (treeSize) => {
      timestamping.look(treeSize);
    },
    timeoutMs: settings.witnessTimeoutMs,
  });
  const clock = await watchClock(ports, {
    ...{ consortium, halts },
    ...settings.clock,
    nodes: gatherer.nodes,
    treeSize: () => gatherer.front().treeSize,
  });
  const refuseHalted = (work: HaltedWork) => {
    clock.look();
    halts.refuse(work);
  };
  const isSealing = () => {
    clock.look();
    return !halts.isStopped("signing");
  };
  const sequencer = startSequencer(
    async () => {
      if (!isSealing()) return;
      const sealed = await sealBatches({ ...ports, clockOffsetMs: clock.offsetMs, isSealing }, settings);
      activity.batches += sealed;
      await appendBatches(ports, origin, maySign);
      await gatherer.look();
    },
    { ...settings.sealing, log },
  );
  goOn = () => {
    gatherer.wake();
    if (waits) sequencer.look();
  };
  if (guard.mayLeave()) goOn();
  halts.onEnd(() => {
    sequencer.look();
  });
  const desk = openChangeDesk(ports, {
    origin,
    refuseHalted: () => {
      refuseHalted("signing");
    },
    beforeSigning: () => guard.beforeSigning(),
    trustFile: settings.consortium,
    noteCheckpoint: () => sequencer.look(),
  });
  const depositing = createDepositing(ports, {
    ...settings,
    origin,
    refuseHalted: () => {
      refuseHalted("deposits");
    },
    canBeFinal: (organisation) => canBeFinal(classes.of(organisation)),
    noteDeposits: (count, ageMs) => {
      sequencer.noteDeposits(count, ageMs);
    },
  });
  const authentication = createAuthentication(ports);
  const evidenceSettings = {
    classes,
    batchProofs: createBatchProofs(ports),
    consortium,
  };
  const certificates = await openCertificateDesk(ports, {
    evidence: evidenceSettings,
    trustFile: settings.consortium,
    publicUrl: settings.publicUrl,
    issuer: settings.issuer,
    ...(ports.timestampAuthorities.length > 0 && { stamper: timestamping }),
    refuseHalted: () => {
      refuseHalted("signing");
    },
    noteIssued: () => {
      activity.certificates += 1;
    },
  });
  const make = async (by: Principal, id: string, against: Against) =>
    makeEvidence(ports, evidenceSettings, await findOwnDeposit(store, by, id), against);
  const waitFor = (deposit: StoredDeposit, timeoutMs: number) =>
    board.wait(classes.of(statementOf(deposit).depositor), deposit.seq, timeoutMs);
  const views = { store, classes, board };
  const storage = watchStorage(ports, settings.minFreeBytes);
  const standing: ReadinessSources = {
    ...{ halts, guard, clock, timestamping, storage, sequencer },
    waitingMs: () => gatherer.waitingMs(),
  };
  /** Whether there is room is known best by who writes. */
  const writing = async <T>(write: () => Promise<T>): Promise<T> => {
    try {
      return await write();
    } catch (error) {
      if (error instanceof Refusal && error.code === "storage-full") await storage.noteRefused();
      throw error;
    }
  };

  return {
    identity: {
      origin,
      software: settings.software,
      logVkey: ports.logSigner.vkey,
      receiptVkey: ports.receiptSigner.vkey,
      consortium: settings.consortium,
    },
    authenticate: (token) => authentication.authenticate(token),
    ...administration(store, authentication, log),
    appendChange: (by, change) => desk.append(by, change),
    status: async (by) => {
      refuseOthers(by);
      clock.look();
      const { software } = settings;
      return notaryStatus(ports, { ...standing, software, activity, deferred: () => board.deferred() });
    },

    stageOriginal: async (content, options) => {
      // Before a large body has come: it would be refused when it has.
      refuseHalted("deposits");
      return writing(() => stageOriginal(ports, settings, content, options));
    },
    deposit: async (by, request) => {
      const result = await writing(() => depositing.deposit(by, request));
      storage.noteWritten();
      if (!result.replayed) activity.deposits += 1;
      return result;
    },

    halts: () => {
      clock.look();
      return halts.current();
    },
    readiness: () => {
      clock.look();
      return notaryReadiness(ports, standing);
    },
    depositState: async (id) => depositState(ports, { consortium, classes }, await findDeposit(store, id)),
    whenFinal: async (id, timeoutMs) => waitFor(await findDeposit(store, id), timeoutMs),
    waitForFinality: async (id, timeoutMs) => {
      const deposit = await findDeposit(store, id);
      await waitFor(deposit, timeoutMs);
      return depositState(ports, { consortium, classes }, deposit);
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
      refuseHalted("deposits");
      return resumeChain(ports, consortium, by, { chainId, shown });
    },
    chain: (by, chainId, page = {}) => chainPage(views, by, chainId, page),
    evidence: async (by, id, { against = "final" } = {}) => (await make(by, id, against)).evidence,
    ledgerProof: async (by, id, { against = "final" } = {}) => {
      const { ledgerProof, entry } = await make(by, id, against);
      return { proof: ledgerProof, entry };
    },
    certificate: async (by, id, { language, issue }) => {
      refuseOtherLanguages(language);
      const deposit = await findOwnDeposit(store, by, id);
      if (issue === "new" && by.role !== "depositor")
        throw new Refusal("role-insufficient", "only depositors have a certificate issued once more", {
          got: by.role,
          want: "depositor",
        });
      return certificates.certificate(deposit, language, issue);
    },
    certificates: async (by, ids, { language }) => {
      refuseOtherLanguages(language);
      return manyCertificates({ store, classes, desk: certificates }, by, ids, language);
    },

    ...ledgerReads(store, () => (guard.mayLeave() ? gatherer.front() : undefined)),

    close: async () => {
      await depositing.close();
      await desk.close();
      await sequencer.close();
      await guard.close();
      await certificates.close();
      clock.close();
      await gatherer.close();
      await timestamping.close();
      board.close();
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
