/** The notary: its use cases put together, and the loop that seals, appends and gathers cosignatures. */
import { parseConsortium } from "../core/witness/consortium.js";
import { timestampAuthorities } from "../pki/check-timestamps.js";
import { administration } from "./administer.js";
import { appendBatches, openLedger } from "./append-batches.js";
import { openChangeDesk } from "./append-change.js";
import { createAuthentication } from "./authenticate.js";
import { createBatchProofs } from "./batch-proofs.js";
import { confirmDigest, openOriginal } from "./content.js";
import { createDepositing } from "./deposit.js";
import { depositState } from "./deposit-state.js";
import { makeEvidence } from "./evidence.js";
import { depositorClasses, openFinalityBoard } from "./finality.js";
import { startGathering } from "./gather-cosignatures.js";
import { findDeposit, findOwnDeposit } from "./located.js";
import { type Against, type Principal } from "./model.js";
import { type Notary } from "./notary.js";
import { chainPage } from "./own-chain.js";
import { type Ports } from "./ports.js";
import { resultOf } from "./receipts.js";
import { Refusal } from "./refusal.js";
import { sealBatches } from "./seal-batches.js";
import { startSequencer } from "./sequencer.js";
import { ledgerReads } from "./serve-ledger.js";
import { type NotarySettings } from "./settings.js";
import { stageOriginal } from "./stage-original.js";
import { refuseUnfitTrust, unreachableClasses, warnOfQuorum } from "./trust.js";

/**
 * Opens the notary on a data folder that this process has locked, and begins by finishing whatever an earlier process
 * left unfinished: there is no other recovery than the normal path. Throws where keys and trust file do not fit.
 */
export async function openNotary(ports: Ports, settings: NotarySettings): Promise<Notary> {
  const { store, log, now } = ports;
  const consortium = parseConsortium(settings.consortium);
  refuseUnfitTrust(consortium, ports);
  timestampAuthorities(ports.verifyX509Signature)(consortium); // Throws where a certificate in it is none.
  const { origin } = consortium.log;
  const classes = depositorClasses(consortium);
  const unreachable = unreachableClasses(consortium, classes);
  warnOfQuorum(consortium, unreachable, ports);

  const swept = await ports.originals.sweep((sha256) => store.isOriginalKept(sha256));
  if (swept > 0) log.info({ swept }, "ended uploads that a crash had left");
  const newest = await openLedger(ports, origin);
  const board = await openFinalityBoard(store, classes);
  const gatherer = await startGathering(ports, {
    consortium,
    classes,
    board,
    newest,
    timeoutMs: settings.witnessTimeoutMs,
  });
  const sequencer = startSequencer(
    async () => {
      await sealBatches(ports, settings);
      await appendBatches(ports, origin);
      await gatherer.look();
    },
    { ...settings.sealing, log },
  );
  const desk = openChangeDesk(ports, {
    origin,
    trustFile: settings.consortium,
    noteCheckpoint: () => sequencer.look(),
  });
  const depositing = createDepositing(ports, {
    ...settings,
    origin,
    canBeFinal: (organisationId) => !unreachable.has(classes.of(organisationId)),
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
  const make = async (by: Principal, id: string, against: Against) =>
    makeEvidence(ports, evidenceSettings, await findOwnDeposit(store, by, id), against);
  const views = { store, classes, board };

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

    stageOriginal: (content, options) => stageOriginal(ports, settings, content, options),
    deposit: (by, request) => depositing.deposit(by, request),

    depositState: async (id) => depositState(store, { consortium, classes }, await findDeposit(store, id)),
    waitForFinality: async (id, timeoutMs) => {
      const deposit = await findDeposit(store, id);
      await board.wait(classes.of(deposit.organisationId), deposit.seq, timeoutMs);
      return depositState(store, { consortium, classes }, deposit);
    },
    confirmDigest: async (id, digest) => confirmDigest(await findDeposit(store, id), digest),

    depositResult: async (by, id) =>
      resultOf(
        await findOwnDeposit(store, by, id),
        { origin, receiptSigner: ports.receiptSigner },
        { replayed: true },
      ),
    original: async (by, id) => openOriginal(ports.originals, await findOwnDeposit(store, by, id)),
    chain: (by, chainId, page = {}) => chainPage(views, by, chainId, page),
    evidence: async (by, id, { against = "final" } = {}) => (await make(by, id, against)).evidence,
    ledgerProof: async (by, id, { against = "final" } = {}) => {
      const { ledgerProof, entry } = await make(by, id, against);
      return { proof: ledgerProof, entry };
    },
    certificate: async (by, id, { language }) => {
      if (language !== "zh" && language !== "en")
        throw new Refusal("language-unknown", "there is no certificate in this language", {
          got: language,
          want: "zh or en",
        });
      const { evidence, report } = await make(by, id, "final");
      const { consortium } = settings;
      return ports.renderCertificate({ evidence, report, consortium, language, issuedAtMs: now() });
    },

    ...ledgerReads(store, gatherer.front),

    close: async () => {
      await depositing.close();
      await desk.close();
      await sequencer.close();
      await gatherer.close();
      board.close();
    },
  };
}
